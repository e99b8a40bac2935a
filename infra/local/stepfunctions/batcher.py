"""What moto's grammar does not know of Map states: item batchers, and whole percentages."""

import json
from collections.abc import Callable, Iterator
from typing import Any

State = dict[str, Any]
Parse = Callable[[str], tuple[Any, Any]]
PERCENTAGE = "ToleratedFailurePercentage"
BATCHER = "ItemBatcher"
# Step Functions quotas: "Maximum input or result data size for a task, state or execution".
MOST_INPUT_BYTES = 262_144


def parse_with(parse: Parse, definition: str) -> tuple[Any, Any]:
    """Parse a definition whose Maps have whole percentages and item batchers.

    A batcher becomes the attribute `item_batcher` of what runs the Map's items: a payload
    template, whose value has the batcher's fields without `Path` in their names.
    """
    if PERCENTAGE not in definition and BATCHER not in definition:
        return parse(definition)
    try:
        document = json.loads(definition)
    except ValueError:
        return parse(definition)
    batchers = {}
    for state in _maps(document):
        if PERCENTAGE in state:
            # The grammar takes this number with a decimal point only.
            state[PERCENTAGE] = float(state[PERCENTAGE])
        batcher = state.pop(BATCHER, None)
        if batcher:
            batchers[id(state)] = _template(parse, batcher)
    program, tree = parse(json.dumps(document))
    for state, component in _pairs(document, program):
        if id(state) in batchers:
            component.iteration_component.item_batcher = batchers[id(state)]
    return program, tree


def batches(items: list[Any], batcher: dict[str, Any]) -> list[tuple[Any, int]]:
    """Put items together into children's inputs, each with the number of items in it.

    No batch has more than MaxItemsPerBatch items, nor more than MaxInputBytesPerBatch bytes of
    JSON unless it is a single item ("ItemBatcher (Map)" in the Developer Guide).
    """
    most = int(batcher.get("MaxItemsPerBatch") or len(items) or 1)
    limit = int(batcher.get("MaxInputBytesPerBatch") or MOST_INPUT_BYTES)
    common = {key: value for key, value in batcher.items() if key == "BatchInput"}
    frame = len(json.dumps({**common, "Items": []}))
    made: list[list[Any]] = []
    room = 0
    for item in items:
        size = len(json.dumps(item)) + 2
        if not made or len(made[-1]) >= most or size > room:
            made.append([])
            room = limit - frame
        made[-1].append(item)
        room -= size
    return [({**common, "Items": batch}, len(batch)) for batch in made]


def _template(parse: Parse, batcher: State) -> Any:
    fields = {
        f"{name.removesuffix('Path')}.$" if name.endswith("Path") else name: value
        for name, value in batcher.items()
    }
    state = {"Type": "Pass", "Parameters": fields, "End": True}
    program, _tree = parse(json.dumps({"StartAt": "Batcher", "States": {"Batcher": state}}))
    return program.states.states["Batcher"].parameters


def _maps(machine: Any) -> Iterator[State]:
    for state in machine.get("States", {}).values():
        if state.get("Type") == "Map":
            yield state
        for inner in _inside(state):
            yield from _maps(inner)


def _inside(state: State) -> list[State]:
    processor = state.get("ItemProcessor") or state.get("Iterator")
    return [processor] if processor else state.get("Branches", [])


def _pairs(machine: State, program: Any) -> Iterator[tuple[State, Any]]:
    """Give each Map state as written, with what the parser made of it."""
    states = (program.states if hasattr(program, "states") else program._states).states
    for name, state in machine.get("States", {}).items():
        component = states[name]
        if state.get("Type") == "Map":
            yield state, component
            yield from _pairs(_inside(state)[0], component.iteration_component)
        elif state.get("Type") == "Parallel":
            for branch, parsed in zip(_inside(state), component.branches.programs, strict=True):
                yield from _pairs(branch, parsed)
