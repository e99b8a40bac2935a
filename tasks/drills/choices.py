"""What a request for a drill means by the manifest, and why it must not be; nothing calls AWS."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tasks import components

# The shortest limit of all copies' names is a bucket's, with room for the "-2" of a second copy.
LONGEST_COPY = 61
# What is in no Region, but in all of them.
GLOBAL = frozenset({"failover_record", "iam_role"})

Values = Mapping[str, Any]


class Choice(NamedTuple):
    """A scenario of a manifest with its places; `entries` are its components as described.

    `known` has all components of the system by name, those that take no part as well.
    """

    scenario: Values
    source: Values
    target: Values
    entries: list[Values]
    left_out: list[str]
    known: Mapping[str, Values]


def prefix(execution: str) -> str:
    """Name what the names of all copies of an execution begin with."""
    return f"drill-{hashlib.sha256(execution.encode()).hexdigest()[:8]}"


def copy_name(beginning: str, component: str) -> str:
    """Name a copy in the characters and the length that every service takes."""
    plain = re.sub("-+", "-", component).strip("-")
    name = f"{beginning}-{plain}"
    if len(name) <= LONGEST_COPY:
        return name
    told_apart = hashlib.sha256(component.encode()).hexdigest()[:6]
    return f"{name[: LONGEST_COPY - 7].rstrip('-')}-{told_apart}"


def chosen(system: Values, request: Values) -> tuple[Choice | None, list[str]]:
    """Read the request against the manifest; gives every problem there is."""
    known = system["recovery"]["scenarios"]
    scenario = known.get(request["scenario"])
    if scenario is None:
        return None, [
            f"The manifest of {system['name']} has no scenario {request['scenario']}; it has "
            f"{', '.join(known) or 'none'}. Describe it under recovery.scenarios"
        ]
    places, problems = _places(system, request, scenario)
    entries, more = _entries(system, request, scenario)
    problems += more
    if not places:
        return None, problems
    source, target = places
    problems += _refusals(request, scenario, source, target, entries)
    problems += _of_production(system, request["scenario"], target, entries)
    left_out = [
        name for name in scenario["components"] if name not in {entry["name"] for entry in entries}
    ]
    known_entries = {entry["name"]: entry for entry in system["components"]}
    return Choice(scenario, source, target, entries, left_out, known_entries), problems


def _places(
    system: Values, request: Values, scenario: Values
) -> tuple[tuple[Values, Values] | None, list[str]]:
    environments = {one["name"]: one for one in system["environments"]}
    target = request["target_environment"] or scenario["target_environment"]
    source = request["source_environment"] or scenario.get("source_environment") or target
    problems = [
        f"{system['name']} has no environment {name}; it has {', '.join(environments)}"
        for name in sorted({source, target} - environments.keys())
    ]
    if problems:
        return None, problems
    return (environments[source], environments[target]), []


def _entries(system: Values, request: Values, scenario: Values) -> tuple[list[Values], list[str]]:
    """Give the components that take part; only the scenario's own may."""
    known = {entry["name"]: entry for entry in system["components"]}
    problems = [
        f"{name} is no component of the scenario {request['scenario']}; those are "
        f"{', '.join(scenario['components'])}"
        for name in request["components"]
        if name not in scenario["components"]
    ]
    wanted = [
        name
        for name in scenario["components"]
        if not request["components"] or name in request["components"]
    ]
    problems += [
        f"The scenario names {name}, which is no component of {system['name']}"
        for name in wanted
        if name not in known
    ]
    found = [known[name] for name in wanted if name in known]
    if not found and not problems:
        problems.append("No component takes part: a drill of nothing proves nothing")
    return found, problems


def _refusals(
    request: Values, scenario: Values, source: Values, target: Values, entries: list[Values]
) -> list[str]:
    problems = []
    if components.is_production(target):
        problems.append(
            f"{target['name']} is production: no drill makes a copy there or disturbs it. Name "
            "another target_environment"
        )
    for entry in entries:
        problems += _entry_refusals(request["scenario"], scenario, source, target, entry)
    return problems


def _of_production(
    system: Values, scenario: str, target: Values, entries: list[Values]
) -> Iterator[str]:
    """Refuse to disturb what goes by the same name in production: it may be the same thing."""
    for entry in entries:
        if components.CHAINS[scenario].get(entry["type"]) not in components.DISTURBING:
            continue
        own = components.placed(entry, target, "")
        for other in system["environments"]:
            if (
                components.is_production(other)
                and components.in_environment(entry, other["name"])
                and components.placed(entry, other, "") == own
                and _may_be_one_place(entry, target, other)
            ):
                yield (
                    f"{scenario} would disturb {entry['name']} of {other['name']}, as it has the "
                    f"same name there as in {target['name']}: put {{environment}} into its name, "
                    "or say under environments where it is"
                )


def _may_be_one_place(entry: Values, one: Values, other: Values) -> bool:
    """Tell whether two environments may be in one account and Region; empty is daytwo's own."""
    fields = ("account",) if entry["type"] in GLOBAL else ("account", "region")
    return all(one[name] == other[name] or not (one[name] and other[name]) for name in fields)


def _entry_refusals(
    name: str, scenario: Values, source: Values, target: Values, entry: Values
) -> Iterator[str]:
    chains = components.CHAINS[name]
    chain = chains.get(entry["type"])
    if chain is None:
        yield (
            f"{entry['name']} is a {entry['type']}, with which {name} has no steps: it has them "
            f"for {', '.join(sorted(chains))}"
        )
        return
    disturbing = chain in components.DISTURBING
    if disturbing and entry["name"] not in scenario["opens"]:
        yield (
            f"{name} disturbs {entry['name']} itself, which the manifest does not allow: add it "
            f"to recovery.scenarios.{name}.opens if it may be"
        )
    place = target if disturbing else source
    if not components.in_environment(entry, place["name"]):
        yield f"{entry['name']} is not in {place['name']}"
