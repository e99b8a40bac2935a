"""See how many instances of an operation have failed, and whether its error budget is spent."""

from typing import Any

from tasks import store
from tasks.fleets import operations
from tasks.runtime import client, setting, task

PERMISSIONS = operations.PERMISSIONS


@task
def handler(request: Any, context: Any) -> Any:
    operation = request["operation"]
    return look(
        operation["id"],
        operation["max_errors"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def look(operation: str, allowed: int, table: str, dynamodb: Any) -> dict[str, Any]:
    """Add up the failures of the batches that are recorded; an interrupted instance is one."""
    partition = store.batch(operation, 0)["pk"]
    fields = ("failed", "interrupted")
    failed = sum(
        record["failed"] + record["interrupted"]
        for record in operations.partition(partition, table, dynamodb, fields)
    )
    return {"spent": failed > allowed, "failed": failed, "allowed": allowed}
