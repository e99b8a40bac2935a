"""Which new instance stands for which old one, from what is handed on and from EC2's tags."""

from collections.abc import Iterable, Mapping
from typing import Any

from tasks.errors import TaskError
from tasks.fleets import launching
from tasks.fleets.transitions import GONE, state_of
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
Pairs = list[dict[str, str]]
# Amazon EC2 API Reference, "DescribeInstances": values of one filter.
VALUES_PER_FILTER = 200


def by_old(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Give the new instance's id by the old one's."""
    return {one["instance_id"]: one["replacement"] for one in pairs}


def as_pairs(stands_for: Mapping[str, str]) -> Pairs:
    """Write what the tasks hand on."""
    return [{"instance_id": old, "replacement": new} for old, new in sorted(stands_for.items())]


def tagged(operation: str, old: Iterable[str], ec2: Any) -> dict[str, str]:
    """Find living instances that this operation has launched for these old ones."""
    ids = list(old)
    found: dict[str, str] = {}
    for start in range(0, len(ids), VALUES_PER_FILTER):
        filters = [
            {"Name": f"tag:{launching.OPERATION_TAG}", "Values": [operation]},
            {
                "Name": f"tag:{launching.REPLACES_TAG}",
                "Values": ids[start : start + VALUES_PER_FILTER],
            },
        ]
        with raising(ERRORS, f"replacements of {operation}"):
            for page in ec2.get_paginator("describe_instances").paginate(
                Filters=filters, PaginationConfig={"PageSize": 1000}
            ):
                for reservation in page["Reservations"]:
                    for entry in reservation["Instances"]:
                        if state_of(entry) not in GONE:
                            replaced = launching.tags_of(entry)[launching.REPLACES_TAG]
                            found[replaced] = entry["InstanceId"]
    return found
