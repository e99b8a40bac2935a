"""Leave beside the lock what a promotion has prepared, so that it is put away if it is cut off."""

from typing import Any

from tasks import claims
from tasks.runtime import client, setting, task

PERMISSIONS = {"dynamodb:UpdateItem": "${StateTable.Arn}"}


@task
def handler(request: Any, context: Any) -> Any:
    claims.leave(request, setting("STATE_TABLE"), client("dynamodb"))
    return {"left": True}
