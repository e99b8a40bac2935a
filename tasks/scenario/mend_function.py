"""Take a drill's bad version from a function: its traffic, its handler and the version itself."""

from collections.abc import Mapping
from typing import Any

from tasks import aliases, stacks
from tasks.drills import bad_versions, undoing
from tasks.errors import FunctionMissing, NotACopy
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **undoing.PERMISSIONS,
    **bad_versions.READS,
    **dict.fromkeys(
        ("lambda:UpdateFunctionConfiguration", "lambda:UpdateAlias"), aliases.FUNCTION_ARN
    ),
    "lambda:DeleteFunction": bad_versions.VERSION_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = aliases.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    answer = mend(row, client("lambda", row["target"]))
    return undoing.told(request, answer)


def mend(row: Mapping[str, Any], lambda_: Any) -> dict[str, Any]:
    """Take the next step back; done when nothing of the drill is left in the function.

    An alias that somebody moved elsewhere since is left there, and so is a $LATEST that
    somebody has given another handler: only what the drill did is undone.
    """
    function, was = row["name"], row["detail"]
    try:
        latest = bad_versions.latest(function, lambda_)
    except FunctionMissing:
        return {"done": True, "proof": f"Lambda says that there is no function {function}"}
    if not bad_versions.settled(latest):
        return {"done": False, "proof": "Lambda works on the function"}
    found = bad_versions.find(function, was["broken_handler"], lambda_)
    bad = [one["Version"] for one in found]
    routing = withdraw(function, was, bad, lambda_)
    if latest.get("Handler") == was["broken_handler"]:
        bad_versions.set_handler(latest, was["handler"], lambda_)
        return {"done": False, "proof": "the handler was given back"}
    for version in bad:
        delete(function, version, lambda_)
    if bad:
        return {"done": False, "proof": f"version {', '.join(bad)} was deleted"}
    return {
        "done": True,
        "proof": f"alias {was['alias']} of {function} is at {routing}, $LATEST has the handler "
        f"{latest.get('Handler', '')}, and no version is one that the drill broke",
    }


def withdraw(
    function: str, was: Mapping[str, Any], bad: list[str], lambda_: Any
) -> aliases.Routing:
    """Send the alias's traffic back if a bad version has some of it; give where it is now."""
    found = aliases.read(function, was["alias"], lambda_)
    if {found.routing.version, *found.routing.weights} & set(bad):
        found = aliases.move(
            function, was["alias"], found, aliases.Routing(was["version"], {}), lambda_
        )
    return found.routing


def delete(function: str, version: str, lambda_: Any) -> None:
    """Delete one version; raises NotACopy for what is none, which would delete the function."""
    if not version.isdigit():
        raise NotACopy(f"{version!r} is no version of {function}: nothing was deleted")
    with raising(ERRORS, f"{function}:{version}"):
        lambda_.delete_function(FunctionName=function, Qualifier=version)
