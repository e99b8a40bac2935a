"""What DynamoDB's operations need; AWS page "Actions, resources … for Amazon DynamoDB"."""

from typing import Any

from infra.local.iam.arns import Place
from infra.local.iam.operations import Operation

ITEM_ACTIONS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
# What a restore does to its new table with the caller's rights.
RESTORING = (
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)
WITHOUT_RESOURCE = ("DescribeLimits", "ListBackups", "ListStreams", "ListTables")


def of_tables(operation: Operation, place: Place) -> list[tuple[str, str]]:
    """List actions and tables; a transaction needs the action of each of its items."""
    given = operation.parameters
    if operation.name in ("TransactWriteItems", "TransactGetItems"):
        return _of_items(given.get("TransactItems"), place)
    if operation.name in WITHOUT_RESOURCE:
        return [(operation.name, "*")]
    if operation.name in ("BatchGetItem", "BatchWriteItem"):
        names = list(given.get("RequestItems") or {})
        return [(operation.name, _table(name, place)) for name in names]
    if operation.name.startswith(("RestoreTable", "Export", "Import")):
        return _of_copies(operation, place)
    arn = operation.text("StreamArn", "ResourceArn", "BackupArn")
    if arn:
        return [(operation.name, arn)]
    name = operation.text("TableName")
    if not name:
        return [(operation.name, "*")]
    index = operation.text("IndexName")
    needed = [(operation.name, _table(name, place) + (f"/index/{index}" if index else ""))]
    if operation.name == "CreateTable" and given.get("Tags"):
        needed.append(("TagResource", _table(name, place)))
    return needed


def _of_items(items: Any, place: Place) -> list[tuple[str, str]]:
    found = {
        (ITEM_ACTIONS.get(kind, kind), _table(str(part.get("TableName", "")), place)): None
        for item in items or []
        for kind, part in item.items()
    }
    return list(found)


def _of_copies(operation: Operation, place: Place) -> list[tuple[str, str]]:
    sources = [operation.text("SourceTableArn", "TableArn", "BackupArn")]
    target = operation.text("TargetTableName")
    tables = [operation.text("SourceTableName"), target]
    arns = [*sources, *(_table(name, place) for name in tables if name)]
    needed = [(operation.name, arn) for arn in arns if arn]
    if operation.name.startswith("RestoreTable"):
        needed += [(action, _table(target, place)) for action in RESTORING]
    return needed


def _table(name: str, place: Place) -> str:
    return place.arn_or("dynamodb", "table/{}", name)
