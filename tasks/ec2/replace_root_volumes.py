"""Put the root volumes of instances whose patching failed back to their snapshots."""

from typing import Any

from tasks import stacks
from tasks.errors import Throttled
from tasks.fleets import root_volumes, snapshots
from tasks.fleets.each import act_on_each
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:CreateReplaceRootVolumeTask": [
        INSTANCE_ARN,
        snapshots.SNAPSHOT_ARN,
        snapshots.VOLUME_ARN,
        "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:replace-root-volume-task/*",
    ],
    "ec2:CreateTags": [
        snapshots.VOLUME_ARN,
        "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:replace-root-volume-task/*",
    ],
    "ec2:DescribeReplaceRootVolumeTasks": "*",
    "ec2:DescribeSnapshots": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"])
    return {"work": put_back(request["instances"], request["work"], operation["id"], ec2)}


def put_back(
    planned: list[dict[str, Any]], work: dict[str, Any], operation: str, ec2: Any
) -> dict[str, Any]:
    """Begin to put back whoever failed and may be changed, and has no replacement task yet.

    The old volume is kept, for whoever wants to know what went wrong. Of the work only the
    failures count here; it is done when no replacement is under way. Raises Throttled where
    EC2 took some and not yet all: the next delivery begins the others.
    """
    wanted = root_volumes.to_put_back(work)
    begun = root_volumes.replacements(operation, wanted, ec2) if wanted else {}
    todo = [one for one in wanted if one not in begun]
    taken = snapshots.taken(operation, todo, ec2) if todo else {}
    roots = {one["instance_id"]: one["root_volume"] for one in planned}
    usable = {
        one: snapshot["SnapshotId"]
        for one in todo
        for snapshot in taken.get(one, [])
        if snapshot["VolumeId"] == roots[one] and snapshot["State"] == "completed"
    }
    outcome = act_on_each(
        usable,
        lambda one: ec2.create_replace_root_volume_task(**request_for(one, usable[one], operation)),
    )
    if outcome.left:
        raise Throttled(f"EC2 did not yet begin to put {len(outcome.left)} root volumes back")
    said = {
        one: "There is no complete snapshot of its root volume to put back."
        for one in todo
        if one not in usable
    }
    for one, (code, message) in outcome.refused.items():
        said[one] = f"Its root volume could not be put back: {message} [{code}]"
    under_way = {**begun, **dict.fromkeys(outcome.accepted)}
    return {**root_volumes.tell(work, said), "done": not under_way}


def request_for(instance_id: str, snapshot: str, operation: str) -> dict[str, Any]:
    """Give the parameters of CreateReplaceRootVolumeTask; the same once per operation."""
    return {
        "InstanceId": instance_id,
        "SnapshotId": snapshot,
        "ClientToken": f"{instance_id}-{snapshot}",
        "DeleteReplacedRootVolume": False,
        "TagSpecifications": [
            {
                "ResourceType": "replace-root-volume-task",
                "Tags": snapshots.tags(operation, instance_id),
            }
        ],
    }
