"""Take a snapshot of each volume of a component, and look until all are complete."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.errors import BackupFailed, TaskError, Throttled
from tasks.runtime import client, iso, raising, task
from tasks.servers import marking, points, volumes

PERMISSIONS = {
    "ec2:DescribeSnapshots": "*",
    "ec2:DescribeVolumes": "*",
    "ec2:CreateSnapshot": [volumes.VOLUME_ARN, volumes.SNAPSHOT_ARN],
    "ec2:CreateTags": volumes.SNAPSHOT_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300
# Amazon EC2 API Reference, "Error codes for the Amazon EC2 API": the same call passes later.
ERRORS: dict[str, type[TaskError]] = {
    "ConcurrentSnapshotLimitExceeded": Throttled,
    "SnapshotCreationPerVolumeRateExceeded": Throttled,
    "SnapshotLimitExceeded": BackupFailed,
}

Entry = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    ec2 = client("ec2", request["backup"]["target"])
    return back_up(request["backup"], request["component"], request["now"], ec2)


def back_up(backup: Entry, component: Entry, now: str, ec2: Any) -> dict[str, Any]:
    """Take the snapshots that are not there yet; done when all are complete.

    Raises BackupFailed where the tags select no volume, or EC2 could not take one.
    """
    found = marking.snapshots(backup, component, ec2)
    existing = volumes.selected(component["config"]["tags"], ec2)
    if not (existing or found):
        raise BackupFailed(
            f"No volume has the tags of the component {component['name']}: "
            f"{component['config']['tags']}"
        )
    for one in sorted(existing.keys() - found.keys()):
        tags = marking.tags(backup, component, one, now)
        with raising(ERRORS, one):
            found[one] = ec2.create_snapshot(
                VolumeId=one,
                Description=f"daytwo-backup {backup['id']}",
                TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}],
            )
    for one, snapshot in sorted(found.items()):
        if snapshot["State"] == "error":
            why = snapshot.get("StateMessage") or "EC2 gives no reason."
            raise BackupFailed(f"Snapshot {snapshot['SnapshotId']} of {one} failed: {why}")
    complete = [one for one in found.values() if one["State"] == "completed"]
    return {
        "done": len(complete) == len(found),
        "state": marking.state(len(complete), found),
        "points": [point(one, snapshot) for one, snapshot in sorted(found.items())],
        "detail": {
            "volumes": {one: volumes.shape(entry) for one, entry in sorted(existing.items())}
        },
    }


def point(source: str, snapshot: Entry) -> dict[str, Any]:
    """Give a snapshot as the manifest has it; its data are as of when it was asked for."""
    return {
        "id": snapshot["SnapshotId"],
        "resource": source,
        "at": marking.of_source(snapshot, points.TAKEN_TAG) or iso(snapshot["StartTime"]),
        "size_bytes": snapshot["VolumeSize"] * marking.GIBIBYTE,
    }
