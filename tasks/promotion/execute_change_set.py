"""Execute the very change set that was looked at and approved."""

from typing import Any

from tasks import stacks
from tasks.errors import ChangeSetFailed, StackBusy, TaskError
from tasks.runtime import client, raising, task

PERMISSIONS = {
    "cloudformation:DescribeChangeSet": stacks.STACK_ARN,
    "cloudformation:ExecuteChangeSet": stacks.STACK_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {
    **stacks.ERRORS,
    "ValidationError": StackBusy,
    "ChangeSetNotFound": ChangeSetFailed,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return execute(request["arn"], client("cloudformation", request["target"]))


def execute(arn: str, cloudformation: Any) -> dict[str, bool]:
    """Start the execution, unless an earlier delivery has; how it ends is the stack's to say.

    Raises ChangeSetFailed where it cannot be executed any more, StackBusy.
    """
    found = stacks.find_change_set(arn, cloudformation)
    status = found["ExecutionStatus"] if found else "GONE"
    if found and status.startswith("EXECUTE_"):
        return {"started": True}
    if status != "AVAILABLE":
        raise ChangeSetFailed(
            f"Change set {arn} cannot be executed, it is {status}: another change of the stack "
            "came first, or somebody deleted it. Promote again to have a new one worked out."
        )
    with raising(ERRORS, f"change set {arn}"):
        cloudformation.execute_change_set(ChangeSetName=arn)
    return {"started": True}
