"""What says that the target environment of a drill is well: its manifest's alarms and checks."""

import functools
from collections.abc import Mapping
from typing import Any

from tasks import manifests, plans
from tasks.runtime import client, setting

PERMISSIONS = manifests.PERMISSIONS

Health = dict[str, Any]


def of(drill: Mapping[str, Any], context: Any) -> Health:
    """Read it with the function's own clients; raises UnknownSystem, UnknownEnvironment."""
    account = context.invoked_function_arn.split(":")[4]
    reader = functools.partial(
        manifests.record, table=setting("STATE_TABLE"), dynamodb=client("dynamodb")
    )
    return read(drill, account, reader)


def read(drill: Mapping[str, Any], account: str, reader: manifests.Reader) -> Health:
    """Give the alarms to watch and the functions to ask, as a promotion does."""
    system = manifests.system_named(drill["system"], reader)
    environment, _ = manifests.placed(system, drill["target"]["environment"])
    names = {"environment": environment["name"], "account": environment["account"] or account}
    components = [plans.expanded(component, names) for component in system["components"]]
    return plans.health(environment, components, names)


def of_component(health: Health, name: str) -> Health:
    """Give the same with the checks of one component only."""
    checks = [check for check in health["checks"] if check["component"] == name]
    return {"alarms": health["alarms"], "checks": checks}
