"""What a manifest must keep to about a scenario, so that no drill is refused each time."""

from collections.abc import Iterator
from typing import Any

from tasks.components import CHAINS, DISTURBING, in_environment, is_production

Manifest = dict[str, Any]
Problems = Iterator[str]


def problems(manifest: Manifest, name: str, scenario: Manifest) -> Problems:
    """Say one "field: what is wrong" for each problem of the scenario of that name."""
    field = f"recovery.scenarios.{name}"
    environments = {entry["name"]: entry for entry in manifest["environments"]}
    yield from _target(field, scenario, environments)
    yield from _components(field, name, scenario, manifest)
    yield from _people(field, scenario, manifest["roles"])
    yield from _checks(field, scenario, manifest["name"])
    for index, alarm in enumerate(scenario["stop_alarms"]):
        if not alarm.startswith(f"{manifest['name']}-"):
            yield f"{field}.stop_alarms.{index}: {alarm} does not begin with {manifest['name']}-"


def _target(field: str, scenario: Manifest, environments: dict[str, Manifest]) -> Problems:
    for role in ("source_environment", "target_environment"):
        name = scenario.get(role, "")
        if name and name not in environments:
            yield (
                f"{field}.{role}: the system has no environment {name}; it has "
                f"{', '.join(environments)}"
            )
    target = environments.get(scenario["target_environment"])
    if target and is_production(target):
        yield (
            f"{field}.target_environment: {target['name']} is production, where no drill makes "
            "copies or disturbs anything"
        )


def _components(field: str, name: str, scenario: Manifest, manifest: Manifest) -> Problems:
    known = {entry["name"]: entry for entry in manifest["components"]}
    chains = CHAINS[name]
    for part in scenario["components"]:
        entry = known.get(part)
        if entry is None:
            yield (
                f"{field}.components: the system has no component {part}; it has "
                f"{', '.join(known) or 'none'}"
            )
            continue
        chain = chains.get(entry["type"])
        if chain is None:
            yield (
                f"{field}.components: {name} does nothing with {part}, a {entry['type']}; it is "
                f"for components of the types {', '.join(sorted(chains))}"
            )
            continue
        if chain in DISTURBING and part not in scenario["opens"]:
            yield (
                f"{field}.opens: {name} disturbs {part} itself in "
                f"{scenario['target_environment']}; name it here to allow that"
            )
        # What is disturbed is in the target, what is copied is in the source.
        where = "target_environment" if chain in DISTURBING else "source_environment"
        place = scenario.get(where, "")
        if place and not in_environment(entry, place):
            yield f"{field}.components: {part} is not in {place}"
    for part in scenario["opens"]:
        if part not in scenario["components"]:
            yield f"{field}.opens: {part} is none of the scenario's components"


def _people(field: str, scenario: Manifest, roles: Manifest) -> Problems:
    for role in scenario["approval"]["roles"]:
        if role not in roles:
            yield (
                f"{field}.approval.roles: {role} is not among the manifest's roles "
                f"({', '.join(roles) or 'it has none'})"
            )


def _checks(field: str, scenario: Manifest, system: str) -> Problems:
    for kind in ("application_checks", "skipped_checks"):
        for index, check in enumerate(scenario[kind]):
            if check["component"] not in scenario["components"]:
                yield (
                    f"{field}.{kind}.{index}.component: {check['component']} is none of the "
                    "scenario's components"
                )
    for index, check in enumerate(scenario["application_checks"]):
        if not check["function"].startswith(f"{system}-"):
            yield (
                f"{field}.application_checks.{index}.function: {check['function']} does not "
                f"begin with {system}-"
            )
