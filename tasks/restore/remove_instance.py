"""Terminate the copy of an instance and see that it is gone, with its volumes."""

from typing import Any

from tasks import stacks
from tasks.drills import copies, lateness, ledger
from tasks.restore import remove_volume
from tasks.runtime import client, raising, setting, task
from tasks.servers import instances, launches, volumes

PERMISSIONS = {
    **ledger.STRIKES,
    "ec2:DescribeInstances": "*",
    "ec2:DescribeVolumes": "*",
    "ec2:TerminateInstances": launches.INSTANCE_ARN,
    "ec2:DeleteVolume": volumes.VOLUME_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
CONDITIONS = dict.fromkeys(("ec2:TerminateInstances", "ec2:DeleteVolume"), copies.OF_A_DRILL)


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    return remove(
        row,
        request["now"],
        client("ec2", row["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def remove(row: dict[str, Any], now: str, ec2: Any, table: str, dynamodb: Any) -> dict[str, Any]:
    """Terminate the instance that has the row's name in its tags; done when nothing of it is left.

    A terminated instance is listed for a while still; what counts is its state. Volumes that
    outlive it are deleted too.
    """
    name = row["name"]
    copies.check_name(name)
    instance = instances.made(row["drill"], ec2, name).get(name)
    state = instances.state_of(instance) if instance else ""
    if instance and state != "terminated":
        with raising({}, name):
            if state != "shutting-down":
                ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
        return {"done": False, "state": state, "proof": ""}
    left = volumes.made(row["drill"], ec2, name).get(name)
    if left:
        remove_volume.delete(left, ec2)
        return {"done": False, "state": f"its volume is {left['State']}", "proof": ""}
    if not instance and lateness.may_appear(row, now):
        return {"done": False, "state": "not seen yet", "proof": ""}
    proof = (
        f"DescribeInstances tells of {instance['InstanceId']} that it is terminated"
        if instance
        else f"DescribeInstances knows no instance with the tag {name}"
    )
    proof += f", and DescribeVolumes of no volume of it, asked at {now}"
    ledger.strike_out(row, proof, now=now, table=table, dynamodb=dynamodb)
    return {"done": True, "state": "gone", "proof": proof}
