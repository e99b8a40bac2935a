"""Draw every state machine as a Mermaid diagram: `python -m infra.diagrams`, or make docs."""

from collections.abc import Iterator
from typing import Any

from infra import discovery

FOLDER = discovery.ROOT / "docs" / "diagrams"
# How a comparison is written, the longer names first.
SIGNS = {"GreaterThanEquals": "≥", "GreaterThan": ">", "LessThanEquals": "≤", "LessThan": "<"}


def draw(name: str, definition: dict[str, Any]) -> str:
    """Write the page of one machine: its comment, and its states with where each goes on to.

    States named after another one (`Stop the instances: wait`) are drawn as one with it.
    """
    body = "\n".join(_machine(definition, prefix="s", indent="    "))
    return (
        f"# {name}\n\n{definition['Comment']}\n\n"
        f"Made from the definition by `make docs`. Dotted arrows are taken on failure.\n\n"
        f"```mermaid\nflowchart TD\n{body}\n```\n"
    )


def _machine(machine: dict[str, Any], prefix: str, indent: str) -> Iterator[str]:
    states = machine["States"]
    whole = {name: _whole(name, states) for name in states}
    drawn = dict.fromkeys(whole.values())
    ids = {name: f"{prefix}{number}" for number, name in enumerate(drawn)}
    for name in drawn:
        yield from _state(ids[name], name, states[name], indent)
    arrows: dict[tuple[str, str], list[str]] = {}
    for name, state in states.items():
        for arrow, target in _arrows(state):
            if whole[name] != whole[target]:
                arrows.setdefault((whole[name], whole[target]), []).append(arrow)
    in_parts = {start for name, start in whole.items() if name != start}
    for (source, target), found in arrows.items():
        for arrow in [_joint(found)] if source in in_parts else found:
            yield f"{indent}{ids[source]} {arrow} {ids[target]}"


def _whole(name: str, states: dict[str, Any]) -> str:
    """Name the state that a state is a part of by its name, or itself."""
    start = name.split(": ")[0]
    return start if start in states else name


def _joint(arrows: list[str]) -> str:
    """Draw several arrows between the same two as one, dotted only if all are."""
    different = dict.fromkeys(arrows)
    if len(different) == 1:
        return arrows[0]
    return "-.->" if all(arrow.startswith("-.") for arrow in different) else "-->"


def _state(identifier: str, name: str, state: dict[str, Any], indent: str) -> Iterator[str]:
    nested = [state["ItemProcessor"]] if state["Type"] == "Map" else state.get("Branches", [])
    if nested:
        yield f'{indent}subgraph {identifier}["{_words(name)}"]'
        for number, machine in enumerate(nested):
            yield from _machine(machine, f"{identifier}_{number}_", indent + "    ")
        yield f"{indent}end"
        return
    opening, closing = {"Choice": ("{", "}"), "Succeed": ("([", "])"), "Fail": ("([", "])")}.get(
        state["Type"], ("[", "]")
    )
    yield f'{indent}{identifier}{opening}"{_words(name)}"{closing}'


def _arrows(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "Next" in state:
        yield "-->", state["Next"]
    for choice in state.get("Choices", []):
        yield f"-->|{_condition(choice)}|", choice["Next"]
    if "Default" in state:
        yield "-->|else|", state["Default"]
    for target in dict.fromkeys(catch["Next"] for catch in state.get("Catch", [])):
        yield "-.->", target


def _condition(choice: dict[str, Any]) -> str:
    for operator, joint in (("And", " and "), ("Or", " or ")):
        if operator in choice:
            return joint.join(_condition(part) for part in choice[operator])
    if "Not" in choice:
        return f"not {_condition(choice['Not'])}"
    variable = choice["Variable"].removeprefix("$.")
    ((operator, value),) = (
        (key, value) for key, value in choice.items() if key not in ("Variable", "Next")
    )
    if operator == "IsPresent":
        return f"{variable} is there" if value else f"{variable} is not there"
    if isinstance(value, bool):
        return variable if value else f"not {variable}"
    sign = next((sign for word, sign in SIGNS.items() if word in operator), "=")
    return f"{variable} {sign} {_words(str(value).removeprefix('$.')) or 'none'}"


def _words(text: str) -> str:
    return text.replace('"', "'")


def main() -> None:
    """Write docs/diagrams/<workflow>.md for each state machine."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for workflow in discovery.workflows():
        page = draw(workflow.machine, workflow.definition)
        (FOLDER / f"{workflow.name}.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
