"""Move a share of an alias's traffic to a new version of its function."""

from typing import Any

from tasks import aliases, stacks
from tasks.runtime import client, task

PERMISSIONS = {
    **dict.fromkeys(("lambda:GetAlias", "lambda:UpdateAlias"), aliases.FUNCTION_ARN),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = aliases.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return shift(
        request["function"],
        request["alias"],
        versions=(request["from_version"], request["to_version"]),
        percents=(request["from_percent"], request["to_percent"]),
        lambda_=client("lambda", request["target"]),
    )


def shift(
    function: str,
    alias: str,
    versions: tuple[str, str],
    percents: tuple[float, float],
    lambda_: Any,
) -> dict[str, Any]:
    """Move the alias from one step's split to the next; success without a call if it is there.

    `versions` are the old and the new one. An empty old version stands for the one that the
    alias was made with: the function did not exist when the rollback plan was captured.
    Raises AliasMoved when the alias is at neither step, FunctionMissing.
    """
    found = aliases.read(function, alias, lambda_)
    old, new = versions[0] or found.routing.version, versions[1]
    before, wanted = (aliases.split(old, new, percent) for percent in percents)
    if found.routing not in (before, wanted):
        raise aliases.moved(function, alias, str(before), found)
    now = aliases.move(function, alias, found, wanted, lambda_)
    return {"function": function, **now.routing._asdict(), "revision_id": now.revision_id}
