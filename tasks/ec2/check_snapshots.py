"""Look whether the snapshots of each instance are complete."""

from typing import Any

from tasks import stacks
from tasks.fleets import fleet, snapshots
from tasks.runtime import client, task

PERMISSIONS = {"ec2:DescribeSnapshots": "*", "sts:AssumeRole": stacks.TARGET_ROLES}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"])
    return {"work": check(request["work"], operation, request["most_rounds"], ec2)}


def check(
    work: dict[str, Any], operation: dict[str, Any], most_rounds: int, ec2: Any
) -> dict[str, Any]:
    """Sort those acted on by their snapshots: all complete, one in error, or still going."""
    changed = operation["action"] == "isolate"
    found = snapshots.taken(operation["id"], work["acted"], ec2)
    work = fleet.look(work)
    work = fleet.reach(work, [one for one in found if complete(found[one])])
    broken = {one: said for one, taken in found.items() if (said := trouble(taken))}
    work = fleet.fail(work, broken, changed)
    if work["rounds"] < most_rounds:
        return work
    reason = "Its snapshots are not complete yet; EC2 goes on with those that it has begun."
    return fleet.time_out(work, changed, reason)


def complete(taken: list[dict[str, Any]]) -> bool:
    """Tell whether each of an instance's snapshots is complete."""
    return all(snapshot["State"] == "completed" for snapshot in taken)


def trouble(taken: list[dict[str, Any]]) -> fleet.Failure | None:
    """Say which snapshot EC2 could not take, and why."""
    for snapshot in taken:
        if snapshot["State"] == "error":
            why = snapshot.get("StateMessage") or "EC2 gives no reason."
            said = f"Snapshot {snapshot['SnapshotId']} of {snapshot['VolumeId']} failed: {why}"
            return "SnapshotFailed", said
    return None
