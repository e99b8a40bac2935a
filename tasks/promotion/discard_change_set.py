"""Delete a change set that is not going to be executed, and the empty stack it made."""

from typing import Any

from tasks import stacks
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **dict.fromkeys(
        (
            "cloudformation:DescribeChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeStacks",
            "cloudformation:ListChangeSets",
            "cloudformation:DeleteStack",
        ),
        stacks.STACK_ARN,
    ),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = stacks.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return discard(request["arn"], client("cloudformation", request["target"]))


def discard(arn: str, cloudformation: Any) -> dict[str, bool]:
    """Delete the change set; one that is gone or was executed is left as it is.

    A stack with nothing in it but this change set goes with it, in one call: were it two, a
    second delivery could not find the stack that the first one left.
    """
    found = stacks.find_change_set(arn, cloudformation)
    if found is None or found.get("ExecutionStatus", "").startswith("EXECUTE_"):
        return {"deleted": False}
    stack = stacks.find(found["StackId"], cloudformation)
    with raising(ERRORS, f"change set {arn}"):
        if stack and stack["StackStatus"] == stacks.NEW and alone(found, cloudformation):
            cloudformation.delete_stack(StackName=found["StackId"])
        else:
            cloudformation.delete_change_set(ChangeSetName=arn)
    return {"deleted": True}


def alone(change_set: dict[str, Any], cloudformation: Any) -> bool:
    """Tell whether a change set is the only one of its stack."""
    pages = cloudformation.get_paginator("list_change_sets").paginate(
        StackName=change_set["StackId"]
    )
    others = [
        entry
        for page in pages
        for entry in page["Summaries"]
        if entry["StackId"] == change_set["StackId"]
        and entry["ChangeSetId"] != change_set["ChangeSetId"]
    ]
    return not others
