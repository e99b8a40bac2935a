"""Look whether a stack's update is done, still going, or has failed and why."""

from typing import Any

from tasks import stacks
from tasks.errors import StackFailed
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **dict.fromkeys(
        ("cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"), stacks.STACK_ARN
    ),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = stacks.ERRORS

DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
# What CloudFormation says of resources that it gave up because another one failed.
CANCELLED = "cancelled"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return check(request["stack"], client("cloudformation", request["target"]))


def check(name: str, cloudformation: Any) -> dict[str, Any]:
    """Say whether the stack is done; a stack that rolls back is waited for until it settles.

    Raises StackFailed with the reason of the first resource that failed.
    """
    stack = stacks.find(name, cloudformation)
    if stack is None:
        raise StackFailed(f"Stack {name} does not exist: somebody deleted it.")
    status = stack["StackStatus"]
    if status not in DONE and not status.endswith("_IN_PROGRESS"):
        reason = first_failure(stack, cloudformation) or stack.get("StackStatusReason", "")
        raise StackFailed(
            f"Stack {name} is in {status}. {reason or 'CloudFormation gives no reason.'}"
        )
    return {"done": status in DONE, "status": status}


def first_failure(stack: dict[str, Any], cloudformation: Any) -> str:
    """Find what failed first in the stack's last operation; events come newest first."""
    failure = ""
    with raising(ERRORS, f"stack {stack['StackName']}"):
        for page in cloudformation.get_paginator("describe_stack_events").paginate(
            StackName=stack["StackId"]
        ):
            for event in page["StackEvents"]:
                status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
                if status.endswith("_FAILED") and CANCELLED not in reason:
                    failure = f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
                if began(event, stack):
                    return failure
    return failure


def began(event: dict[str, Any], stack: dict[str, Any]) -> bool:
    """Tell the event with which an operation on the whole stack began."""
    itself = event.get("PhysicalResourceId") == stack["StackId"]
    return itself and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
