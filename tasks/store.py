"""The keys of the state table, the one place that knows its layout."""

import hashlib
from typing import Any

Key = dict[str, str]


def system(name: str) -> Key:
    """Key of a system's manifest; all systems share the partition `SYSTEM`."""
    return _key("SYSTEM", name)


def release(system: str, version: str) -> Key:
    """Key of a published release."""
    return _key(f"RELEASE#{system}", version)


def live(system: str, environment: str) -> Key:
    """Key of what is live in an environment."""
    return _key(f"LIVE#{system}", environment)


def verified(system: str, environment: str, version: str) -> Key:
    """Key of the record that a release was verified in an environment."""
    return _key(f"VERIFIED#{system}#{environment}", version)


def lock(system: str, environment: str) -> Key:
    """Key of an environment's lock."""
    return _key(f"LOCK#{system}", environment)


def approval(identifier: str) -> Key:
    """Key of an approval; all approvals share the partition `APPROVAL`."""
    return _key("APPROVAL", identifier)


def approval_id(execution: str) -> str:
    """Name an execution's approval: the same each time, short, and nothing that opens a door."""
    return hashlib.sha256(execution.encode()).hexdigest()[:10]


def quarantine(system: str, digest: str) -> Key:
    """Key of the record that a release's digest was rolled back."""
    return _key(f"QUARANTINE#{system}", digest)


def event(workflow: str, identifier: str) -> Key:
    """Key of the record that an event has started an execution."""
    return _key(f"EVENT#{workflow}", identifier)


def operation(identifier: str) -> Key:
    """Key of an EC2 operation; all operations share the partition `EC2OPERATION`."""
    return _key("EC2OPERATION", identifier)


def batch(operation: str, number: int) -> Key:
    """Key of the record of a batch that an operation has finished."""
    return _key(f"EC2BATCH#{operation}", f"{number:05d}")


def reboot_intent(operation: str, first: str) -> Key:
    """Key of the record of whom the batch of a first instance is about to reboot."""
    return _key(f"EC2REBOOT#{operation}", first)


def instance_claim(operation: str) -> Key:
    """Key of an operation's claim on its instances; all claims share the partition `EC2CLAIM`."""
    return _key("EC2CLAIM", operation)


def claims_version() -> Key:
    """Key of the number that changes with each claim, so that no two are taken at once."""
    return _key("EC2CLAIM", "#version")


def isolation(instance_id: str) -> Key:
    """Key of what an isolated instance had before, for its release."""
    return _key("EC2ISOLATION", instance_id)


def place(instance_id: str) -> Key:
    """Key of where a stopped instance served before; all share the partition `EC2PLACE`."""
    return _key("EC2PLACE", instance_id)


def override(instance_id: str) -> Key:
    """Key of an instance's override of its schedule; all share the partition `EC2OVERRIDE`."""
    return _key("EC2OVERRIDE", instance_id)


def schedule_state(name: str) -> Key:
    """Key of what the schedules' last look found, such as when the next change is due."""
    return _key("EC2SCHEDULE", name)


def drill(identifier: str) -> Key:
    """Key of a restore drill; all drills share the partition `DRILL`."""
    return _key("DRILL", identifier)


def drills_of(system: str, scenario: str, ended_at: str) -> Key:
    """Key of an ended drill among those of its system and scenario, for the trend."""
    return _key(f"DRILLS#{system}#{scenario}", ended_at)


def active_drill(system: str) -> Key:
    """Key of the drill that a system is in; it has one at a time."""
    return _key("ACTIVEDRILL", system)


def ledger(drill: str, kind: str, name: str) -> Key:
    """Key of what a drill made or changed, until that is gone or undone."""
    return _key(f"LEDGER#{drill}", f"{kind}#{name}")


def outcome(drill: str, component: str) -> Key:
    """Key of what became of a component of a drill."""
    return _key(f"OUTCOME#{drill}", component)


def digest(folder: str, segment: int) -> Key:
    """Key of where the reading of a table's segment goes on, until it is at its end."""
    return _key(f"DIGEST#{folder}", f"{segment:05d}")


def action(identifier: str) -> Key:
    """Key of an improvement action; all actions share the partition `ACTION`."""
    return _key("ACTION", identifier)


def backup(system: str, environment: str, identifier: str) -> Key:
    """Key of a backup that daytwo made."""
    return _key(f"BACKUP#{system}#{environment}", identifier)


def simulation(identifier: str) -> Key:
    """Key of a quarterly simulation; all simulations share the partition `SIMULATION`."""
    return _key("SIMULATION", identifier)


def active_simulation(system: str) -> Key:
    """Key of the simulation that a system is in; it has one at a time."""
    return _key("ACTIVESIMULATION", system)


def _key(pk: str, sk: str) -> Key:
    return {"pk": pk, "sk": sk}


def to_item(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Turn plain values into DynamoDB's attribute form: strings, ints, booleans, string lists."""
    return {name: _attribute(value) for name, value in values.items()}


def from_item(item: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Turn DynamoDB's attribute form back into plain values."""
    return {name: _value(attribute) for name, attribute in item.items()}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [_attribute(entry) for entry in value]}
    raise TypeError(f"{type(value).__name__} has no place in the state table: {value!r}")


def _value(attribute: dict[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [_value(entry) for entry in value]
    return value
