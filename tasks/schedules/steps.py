"""The steps that a decision is carried out in: operations tier by tier, then capacities."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from tasks.schedules.decisions import Decision
from tasks.schedules.groups import Group, Instance, tier_names
from tasks.schedules.periods import ON

# As many ids as an operation takes (schemas/workflows/ec2_operation.json).
MOST_IDS = 1000
LONGEST_PLACE = 34
Step = dict[str, Any]


def lay_out(
    group: Group, decision: Decision, execution: str, folder: str, now: datetime
) -> tuple[list[Step], dict[str, Step]]:
    """Give the steps, in order, and the operations' inputs by their keys below `folder`.

    On a start the tiers come in their order and Auto Scaling groups last, as they need what
    the tiers serve; on a stop it is the other way round. Names are the same for each
    delivery of the same execution.
    """
    operations = [
        *_operations(group, decision.stop, _stopping(group)),
        *_operations(group, decision.start, "start"),
    ]
    steps: list[Step] = []
    inputs: dict[str, Step] = {}
    for number, (action, tier, ids) in enumerate(operations, start=1):
        name = _name(group, action, execution, number, now)
        key = f"{folder}/{name}.json"
        inputs[key] = _input(group, action, tier, ids)
        steps.append(
            {
                "kind": "operation",
                "name": name,
                "input_key": key,
                "action": action,
                "tier": tier,
                "instances": len(ids),
            }
        )
    sizes = [
        {
            "kind": "capacity",
            "group": entry["group"],
            "capacity": entry[decision.capacity],
            "target": dict(group.place.target),
        }
        for entry in group.capacities
        if decision.capacity
    ]
    return (steps + sizes if decision.record.goal == ON else sizes + steps), inputs


def _stopping(group: Group) -> str:
    return "hibernate" if group.schedule and group.schedule["hibernate"] else "stop"


def _operations(
    group: Group, instances: Sequence[Instance], action: str
) -> Iterator[tuple[str, str, list[str]]]:
    names = list(enumerate(tier_names(group.place)))
    for number, tier in names if action == "start" else reversed(names):
        ids = [entry.instance_id for entry in instances if entry.tier == number]
        for first in range(0, len(ids), MOST_IDS):
            yield action, tier, ids[first : first + MOST_IDS]


def _name(group: Group, action: str, execution: str, number: int, now: datetime) -> str:
    place = f"{group.place.system}-{group.place.environment}".strip("-") or "tagged"
    unique = hashlib.sha256(f"{execution} {group.key} {number}".encode()).hexdigest()[:8]
    return f"schedule-{place[:LONGEST_PLACE]}-{action}-{now:%Y%m%dT%H%M}-{unique}"


def _input(group: Group, action: str, tier: str, ids: list[str]) -> Step:
    """Write the input of the operation; a schedule moves the whole of what it was given."""
    tiers = f", tier {tier}" if group.place.tiers else ""
    return {
        "action": action,
        "targets": {"instance_ids": ids},
        "limits": {"max_instances": len(ids), "max_percent": 100},
        "system": group.place.system,
        "environment": group.place.environment,
        "reason": f"schedule {group.name} of {group.where}{tiers}",
        "requested_by": f"schedule {group.name}",
    }
