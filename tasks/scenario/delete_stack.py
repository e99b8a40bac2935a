"""Delete the copy of a stack, which is the failure that a drill brings it back from."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.drills import copies, standing
from tasks.exports import copies as stack_copies
from tasks.restore import remove_stack
from tasks.runtime import client, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DeleteStack",
        ),
        stack_copies.ARN,
    ),
    "iam:PassRole": stacks.SERVICE_ROLES,
}
ERRORS = stacks.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    cloudformation = client("cloudformation", drill["target"]["target"])
    return delete(request["component"], drill, request["stack_id"], cloudformation)


def delete(
    component: Mapping[str, Any], drill: Mapping[str, Any], stack_id: str, cloudformation: Any
) -> dict[str, Any]:
    """Delete that very stack, by its id: one that was restored under the name since stays.

    Raises NotACopy where the drill did not make it.
    """
    copies.check_name(component["copy"])
    stack = stacks.find(stack_id, cloudformation)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return {"done": True, "state": "DELETE_COMPLETE"}
    copies.check_name(stack["StackName"])
    copies.check(stack["StackName"], copies.values(stack.get("Tags")), drill["id"])
    return {"done": False, "state": remove_stack.delete(stack, cloudformation)}
