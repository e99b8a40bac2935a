"""Delete a function that a drill made, and see that it is gone."""

from collections.abc import Mapping
from typing import Any

from tasks import aliases, stacks
from tasks.drills import copies, function_copies, undoing
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **undoing.PERMISSIONS,
    "lambda:GetFunction": function_copies.ARN,
    "lambda:DeleteFunction": function_copies.ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = aliases.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    answer = remove(row, client("lambda", row["target"]))
    return undoing.told(request, answer)


def remove(row: Mapping[str, Any], lambda_: Any) -> dict[str, Any]:
    """Delete the function; done once Lambda has none of the name.

    Raises NotACopy where the drill did not make it.
    """
    name = row["name"]
    copies.check_name(name)
    found = function_copies.find(name, lambda_)
    if found is None:
        return {"done": True, "proof": f"Lambda says that there is no function {name}"}
    copies.check(name, found.get("Tags", {}), row["drill"])
    with raising(ERRORS, name):
        lambda_.delete_function(FunctionName=name)
    return {"done": False, "proof": f"function {name} is being deleted"}
