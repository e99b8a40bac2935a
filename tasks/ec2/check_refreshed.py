"""See which instances of a batch an instance refresh has replaced."""

from typing import Any

from tasks import stacks
from tasks.errors import TaskError
from tasks.fleets import fleet, instances, transitions
from tasks.fleets.fleet import Failure
from tasks.fleets.service import IDS_PER_LOOK
from tasks.runtime import client, raising, task

PERMISSIONS = {
    "autoscaling:DescribeAutoScalingInstances": "*",
    "ec2:DescribeInstances": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    target = request["operation"]["target"]
    ec2, autoscaling = client("ec2", target), client("autoscaling", target)
    return {"work": check(request["work"], request["refresh"], ec2, autoscaling)}


def check(
    work: dict[str, Any], refresh: dict[str, Any], ec2: Any, autoscaling: Any
) -> dict[str, Any]:
    """Sort instances by whether they are gone, or are what the refresh would have made of them.

    After a rollback the group is as it was before, though not each of its instances.
    """
    found = instances.describe(work["pending"], ec2)
    alive = [
        one
        for one in work["pending"]
        if transitions.state_of(found.get(one)) not in transitions.GONE
    ]
    if refresh["outcome"] == "succeeded":
        failures = left_alone(alive, autoscaling)
        work = fleet.fail(work, failures, changed=False)
        return fleet.reach(work, work["pending"])
    back = refresh["outcome"] == "rolled_back"
    how = "was rolled back" if back else "did not come to its end"
    why = f"The instance refresh {how}. {refresh.get('reason', '')}".strip()
    missed = work["pending"] if back else alive
    work = fleet.fail(work, dict.fromkeys(missed, ("RefreshFailed", why)), changed=not back)
    return fleet.reach(work, work["pending"])


def left_alone(ids: list[str], autoscaling: Any) -> dict[str, Failure]:
    """Say whom a refresh that succeeded has passed over; the others were new before it."""
    failures: dict[str, Failure] = {}
    for start in range(0, len(ids), IDS_PER_LOOK):
        with raising(ERRORS, "members of the Auto Scaling group"):
            reply = autoscaling.describe_auto_scaling_instances(
                InstanceIds=ids[start : start + IDS_PER_LOOK]
            )
        for one in reply["AutoScalingInstances"]:
            if one["ProtectedFromScaleIn"]:
                failures[one["InstanceId"]] = "NotReplaced", "It is protected from scale in."
            elif one["LifecycleState"] != "InService":
                failures[one["InstanceId"]] = "NotReplaced", f"It is {one['LifecycleState']}."
    return failures
