"""Take snapshots of all volumes of each instance, at one point in time for each."""

from typing import Any

from tasks import stacks
from tasks.fleets import fleet, snapshots
from tasks.fleets.each import act_on_each
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeSnapshots": "*",
    "ec2:CreateSnapshots": [INSTANCE_ARN, snapshots.SNAPSHOT_ARN, snapshots.VOLUME_ARN],
    "ec2:CreateTags": snapshots.SNAPSHOT_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300

# Amazon EC2 API Reference, "Error codes for the Amazon EC2 API": the same call passes after a
# while, and the round after the step's wait makes it again.
LATER = frozenset({"ConcurrentSnapshotLimitExceeded", "SnapshotCreationPerVolumeRateExceeded"})


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"])
    return {"work": create(request["work"], operation, request["required"], ec2)}


def create(
    work: dict[str, Any], operation: dict[str, Any], required: bool, ec2: Any
) -> dict[str, Any]:
    """Take the snapshots of those pending of whom the operation has none yet.

    One call takes all volumes of an instance at the same moment ("Create Amazon EBS
    snapshots"), so there are as many calls as instances. Where they are not `required`,
    everybody goes on, also whom EC2 refused or could not serve now: containing them comes
    first, and the call is made again when they are contained.
    """
    found = snapshots.taken(operation["id"], work["pending"], ec2)
    outcome = act_on_each(
        [one for one in work["pending"] if one not in found],
        lambda one: ec2.create_snapshots(**request_for(one, operation)),
        LATER,
    )
    if not required:
        return fleet.reach(work, work["pending"])
    work = fleet.accept(work, [*found, *outcome.accepted])
    return fleet.fail(work, outcome.refused, changed=operation["action"] == "isolate")


def request_for(instance_id: str, operation: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters of CreateSnapshots for an instance."""
    return {
        "InstanceSpecification": {
            "InstanceId": instance_id,
            "ExcludeBootVolume": operation["options"]["exclude_root_volume"],
        },
        "Description": f"daytwo {operation['action']} of {instance_id}",
        "CopyTagsFromSource": "volume",
        "TagSpecifications": [
            {"ResourceType": "snapshot", "Tags": snapshots.tags(operation["id"], instance_id)}
        ],
    }
