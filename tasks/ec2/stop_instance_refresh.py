"""Roll an instance refresh back, or cancel one that cannot be rolled back."""

from typing import Any

from tasks import stacks
from tasks.errors import AwsCallFailed, TaskError
from tasks.fleets import service
from tasks.fleets.instances import told
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **dict.fromkeys(
        ("autoscaling:CancelInstanceRefresh", "autoscaling:RollbackInstanceRefresh"),
        service.AUTO_SCALING_GROUP_ARN,
    ),
    "iam:PassRole": stacks.SERVICE_ROLES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}

ENDED = "ActiveInstanceRefreshNotFound"
IRREVERSIBLE = "IrreversibleInstanceRefresh"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, bool]:
    autoscaling = client("autoscaling", request["operation"]["target"])
    return stop(request["group"], request["rollback"], autoscaling)


def stop(group: str, rollback: bool, autoscaling: Any) -> dict[str, bool]:
    """Stop the group's refresh; one that has ended, or is stopped already, is let be."""
    if rollback:
        refusal = _refusal(autoscaling.rollback_instance_refresh, group)
        if refusal != IRREVERSIBLE:
            return {"stopped": not refusal}
    return {"stopped": not _refusal(autoscaling.cancel_instance_refresh, group)}


def _refusal(call: Any, group: str) -> str:
    """Make a call; gives the code with which it was refused because of the refresh's state."""
    try:
        with raising(ERRORS, f"instance refresh of {group}"):
            call(AutoScalingGroupName=group)
    except AwsCallFailed as error:
        code, _ = told(error) or ("", "")
        if code not in (ENDED, IRREVERSIBLE):
            raise
        return code
    return ""
