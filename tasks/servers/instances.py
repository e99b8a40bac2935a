"""Instances as backups and drills see them: the system's own, and the copies by their tags."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import copies
from tasks.runtime import raising

ALIVE = ("pending", "running", "stopping", "stopped")

Instance = dict[str, Any]


def selected(tags: Mapping[str, str], ec2: Any) -> dict[str, Instance]:
    """Give the instances that have all these tags, by id; copies of drills are none of them."""
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in sorted(tags.items())]
    filters.append({"Name": "instance-state-name", "Values": list(ALIVE)})
    return {
        one["InstanceId"]: one
        for one in _described(filters, ec2)
        if copies.DRILL_TAG not in copies.values(one.get("Tags"))
    }


def made(drill_id: str, ec2: Any, copy: str = "") -> dict[str, Instance]:
    """Give the instances that a drill has launched, by the copy's name; one where it is named.

    Of several of one name, one that lives is given before one that is terminated.
    """
    filters = [{"Name": f"tag:{copies.DRILL_TAG}", "Values": [drill_id]}]
    if copy:
        filters.append({"Name": f"tag:{copies.COPY_TAG}", "Values": [copy]})
    found = sorted(_described(filters, ec2), key=lambda one: state_of(one) in ALIVE)
    return {copies.values(one["Tags"]).get(copies.COPY_TAG, ""): one for one in found}


def _described(filters: list[dict[str, Any]], ec2: Any) -> list[Instance]:
    with raising({}, "instances"):
        pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
        return [
            instance
            for page in pages
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        ]


def state_of(instance: Mapping[str, Any]) -> str:
    """Give a described instance's state."""
    return str(instance["State"]["Name"])


def checked(ids: list[str], ec2: Any) -> dict[str, bool]:
    """Tell of the running instances whose status EC2 has checked whether both checks are good.

    Amazon EC2 User Guide, "Status checks for Amazon EC2 instances".
    """
    if not ids:
        return {}
    with raising({}, "instance status"):
        pages = ec2.get_paginator("describe_instance_status").paginate(
            Filters=[{"Name": "instance-state-name", "Values": ["running"]}], InstanceIds=ids
        )
        found = [one for page in pages for one in page["InstanceStatuses"]]
    outcomes = {
        one["InstanceId"]: {one[name]["Status"] for name in ("InstanceStatus", "SystemStatus")}
        for one in found
    }
    return {one: seen == {"ok"} for one, seen in outcomes.items() if seen <= {"ok", "impaired"}}
