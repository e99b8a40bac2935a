"""Which registered environment an instance belongs to, and whether it is production."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tasks import store
from tasks.errors import UnknownEnvironment, UnknownSystem
from tasks.fleets import operations
from tasks.fleets.consent import Environment, Environments

# What reading takes.
PERMISSIONS = operations.PERMISSIONS

# Tags by which people mark production, in lower case.
PRODUCTION_TAGS = frozenset({"environment", "env"})
PRODUCTION_VALUES = frozenset({"prod", "production"})


def registered(table: str, dynamodb: Any) -> Environments:
    """Give every environment of every registered system, by its name such as financial/prod."""
    found: dict[str, Environment] = {}
    for item in operations.partition(store.system("")["pk"], table, dynamodb, ("manifest",)):
        manifest = json.loads(item["manifest"])
        for described in manifest["environments"]:
            environment = environment_of(manifest, described)
            found[environment.name] = environment
    return found


def environment_of(manifest: Mapping[str, Any], described: Mapping[str, Any]) -> Environment:
    """Read an environment of a manifest, which may be older than its rules for instances.

    Where it names nobody who approves operations on its instances, those who approve
    promotions to it do.
    """
    instances = described.get("instances", {})
    approval = instances.get("approval", {})
    if not approval.get("roles"):
        approval = described["approval"]
    return Environment(
        system=manifest["name"],
        environment=described["name"],
        region=described["region"],
        role_arn=described["role_arn"],
        tags=instances.get("tags", {}),
        production=instances.get("production", False),
        roles=approval["roles"],
        expires_seconds=approval["expires_seconds"],
        windows=instances.get("maintenance_windows", []),
        schedules=manifest.get("schedules", {}),
        schedule=instances.get("schedule", ""),
    )


def named(environments: Environments, system: str, environment: str) -> Environment | None:
    """Give the environment that a request is limited to, none where it is limited to none.

    Raises UnknownSystem or UnknownEnvironment. A system with one environment needs no other
    word for it.
    """
    if not system and not environment:
        return None
    own = [one for one in environments.values() if one.system == system]
    if not own:
        raise UnknownSystem(
            f"No system {system or '(none given)'} is registered. `daytwo systems list` has those "
            "that are; `daytwo systems put FILE` registers one."
        )
    fitting = [one for one in own if environment in ("", one.environment)]
    if len(fitting) != 1:
        raise UnknownEnvironment(
            f"{system} has no environment {environment or 'of no name'}; it has "
            f"{', '.join(one.environment for one in own)}."
        )
    if not fitting[0].tags:
        raise UnknownEnvironment(
            f"The manifest does not say which instances are those of {fitting[0].name}: give the "
            "environment instances.tags, and register it again with `daytwo systems put FILE`."
        )
    return fitting[0]


def in_the_same_place(
    environments: Environments, region: str, role_arn: str, home: str
) -> list[Environment]:
    """Give the environments with instances in a Region and behind a role, production first.

    `home` is daytwo's own Region, which an environment without one lives in.
    """
    near = [
        one
        for one in environments.values()
        if one.tags and one.role_arn == role_arn and (one.region or home) == region
    ]
    return sorted(near, key=lambda one: not one.production)


def belonging(tags: Mapping[str, str], near: Sequence[Environment]) -> tuple[str, bool]:
    """Give the first environment that tags fit, or none, and whether that is production.

    A tag Environment that says prod or production makes it production whoever it belongs to.
    """
    owner = next((one for one in near if fits(tags, one.tags)), None)
    tagged = any(
        key.casefold() in PRODUCTION_TAGS and value.casefold() in PRODUCTION_VALUES
        for key, value in tags.items()
    )
    return owner.name if owner else "", tagged or bool(owner and owner.production)


def fits(tags: Mapping[str, str], wanted: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether tags have one of the values of each wanted key."""
    return all(tags.get(key) in values for key, values in wanted.items())
