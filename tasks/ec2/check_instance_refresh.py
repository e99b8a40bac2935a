"""Look how far an instance refresh is, and how it ended."""

from typing import Any

from tasks import stacks
from tasks.errors import TaskError
from tasks.fleets import refreshes
from tasks.runtime import client, raising, task

PERMISSIONS = {
    "autoscaling:DescribeInstanceRefreshes": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}
LONGEST_REASON = 600


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    autoscaling = client("autoscaling", request["operation"]["target"])
    rounds, most = request["rounds"] + 1, request["most_rounds"]
    seen = look(request["group"], request["refresh_id"], autoscaling)
    if not seen["outcome"] and rounds >= most:
        seen |= {"outcome": "too_long", "reason": f"It goes on after {rounds} looks."}
    return {**seen, "done": bool(seen["outcome"]), "rounds": rounds}


def look(group: str, refresh_id: str, autoscaling: Any) -> dict[str, Any]:
    """Give the refresh's status, the percentage that is replaced, and the outcome once it has one.

    A refresh that Auto Scaling does not know any more has failed.
    """
    with raising(ERRORS, f"instance refresh {refresh_id} of {group}"):
        reply = autoscaling.describe_instance_refreshes(
            AutoScalingGroupName=group, InstanceRefreshIds=[refresh_id]
        )
    if not reply["InstanceRefreshes"]:
        reason = f"Auto Scaling group {group} has no instance refresh {refresh_id}."
        return {"status": "Unknown", "percent": 0, "outcome": "failed", "reason": reason}
    refresh = reply["InstanceRefreshes"][0]
    status = refresh["Status"]
    return {
        "status": status,
        "percent": refresh.get("PercentageComplete", 0),
        "outcome": refreshes.OUTCOMES.get(status, ""),
        "reason": refresh.get("StatusReason", "")[:LONGEST_REASON],
    }
