"""Stop or hibernate the instances of a batch."""

from typing import Any

from tasks import stacks
from tasks.fleets import transitions
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:StopInstances": INSTANCE_ARN,
    "ec2:DescribeInstances": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 120


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"], attempts=1)
    return {"work": stop(request["work"], operation, request["retry_count"], ec2)}


def stop(
    work: dict[str, Any], operation: dict[str, Any], retry_count: int, ec2: Any
) -> dict[str, Any]:
    """Stop whoever is pending; who cannot hibernate is refused, and not shut down instead.

    Raises Throttled or Unavailable.
    """

    def call(ids: list[str]) -> None:
        ec2.stop_instances(
            InstanceIds=ids,
            Hibernate=operation["action"] == "hibernate",
            Force=operation["options"]["force"],
        )

    again = transitions.again(work, retry_count)
    return transitions.act(work, transitions.STOP, call, ec2, again, changed=False)
