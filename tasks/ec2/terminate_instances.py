"""Terminate the instances of a batch."""

from typing import Any

from tasks import stacks
from tasks.fleets import transitions
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:TerminateInstances": INSTANCE_ARN,
    "ec2:DescribeInstances": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 120


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    ec2 = client("ec2", request["operation"]["target"], attempts=1)
    return {"work": terminate(request["work"], request["retry_count"], ec2)}


def terminate(work: dict[str, Any], retry_count: int, ec2: Any) -> dict[str, Any]:
    """Terminate whoever is pending; who is protected is refused and keeps no other back.

    Raises Throttled or Unavailable.
    """
    return transitions.act(
        work,
        transitions.TERMINATE,
        lambda ids: ec2.terminate_instances(InstanceIds=ids),
        ec2,
        transitions.again(work, retry_count),
        changed=False,
    )
