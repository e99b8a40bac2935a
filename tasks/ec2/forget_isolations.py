"""Remove the records of instances that have again all that they had before their isolation."""

from typing import Any

from tasks.fleets import fleet, isolations
from tasks.runtime import client, setting, task

PERMISSIONS = {"dynamodb:DeleteItem": "${StateTable.Arn}"}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    work = request["work"]
    isolations.remove(work["pending"], setting("STATE_TABLE"), client("dynamodb"))
    return {"work": fleet.reach(work, work["pending"])}
