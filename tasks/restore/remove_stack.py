"""Delete a stack that a drill made, with all that it has, and see that it is gone."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.drills import copies, ledger
from tasks.exports import copies as stack_copies
from tasks.promotion import check_stack
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **ledger.STRIKES,
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DeleteStack",
        ),
        stack_copies.ARN,
    ),
    "iam:PassRole": stacks.SERVICE_ROLES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = stacks.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    answer = remove(row, client("cloudformation", row["target"]))
    if answer["done"]:
        ledger.strike_out(
            row,
            answer["proof"],
            now=request["now"],
            table=setting("STATE_TABLE"),
            dynamodb=client("dynamodb"),
        )
    return answer


def remove(row: Mapping[str, Any], cloudformation: Any) -> dict[str, Any]:
    """Delete the stack, again where a resource stood in the way; done once there is none.

    A deletion that fails is tried again at each call, as what kept a resource back may pass;
    the proof says what it was. Raises NotACopy where the drill did not make the stack.
    """
    name = row["name"]
    copies.check_name(name)
    stack = stacks.find(name, cloudformation)
    if stack is None:
        return {"done": True, "proof": f"CloudFormation says that there is no stack {name}"}
    copies.check(name, copies.values(stack.get("Tags")), row["drill"])
    return {"done": False, "proof": delete(stack, cloudformation)}


def delete(stack: Mapping[str, Any], cloudformation: Any) -> str:
    """Begin to delete a stack unless that is under way, and say how far it is."""
    name, status = stack["StackName"], stack["StackStatus"]
    if status.endswith("_IN_PROGRESS") and status != stacks.NEW:
        return f"stack {name} is in {status}"
    reason = ""
    if status == "DELETE_FAILED":
        reason = check_stack.first_failure(dict(stack), cloudformation)
    with raising(ERRORS, f"stack {name}"):
        cloudformation.delete_stack(StackName=stack["StackId"])
    return f"stack {name} is being deleted{reason and f'; before, it failed: {reason}'}"
