"""Free the instances of an operation, but for those that a person must look at."""

from typing import Any

from tasks import store
from tasks.errors import TaskError
from tasks.fleets import operations
from tasks.runtime import client, raising, setting, task

PERMISSIONS = dict.fromkeys(("dynamodb:UpdateItem", "dynamodb:DeleteItem"), "${StateTable.Arn}")
ERRORS: dict[str, type[TaskError]] = {}


@task
def handler(request: Any, context: Any) -> Any:
    return release(
        request["operation"],
        request["keep"],
        request["status"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def release(
    operation: str, keep: list[str], status: str, table: str, dynamodb: Any
) -> dict[str, bool]:
    """Narrow the claim to `keep`, or let it go, and write how the operation ended.

    Of a thousand to keep there may be more that nobody could list: then it keeps all. A
    claim that is gone stays gone, and an operation that never claimed anything gets no
    record, so that the same delivery again changes nothing.
    """
    with raising(ERRORS, f"claim of {operation}"):
        if len(keep) < operations.MOST_KEPT and not _narrow(operation, keep, table, dynamodb):
            keep = []
        recorded = _end(operation, status, table, dynamodb)
    return {"recorded": recorded, "kept": bool(keep)}


def _narrow(operation: str, keep: list[str], table: str, dynamodb: Any) -> bool:
    """Leave the claim only what is to be kept; false where it is gone."""
    ((kind, call),) = operations.narrow_claim(operation, keep, table).items()
    try:
        if kind == "Delete":
            dynamodb.delete_item(**call)
        else:
            dynamodb.update_item(**call)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _end(operation: str, status: str, table: str, dynamodb: Any) -> bool:
    try:
        dynamodb.update_item(
            TableName=table,
            Key=store.to_item(store.operation(operation)),
            UpdateExpression="SET #status = :status",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=store.to_item({":status": status}),
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True
