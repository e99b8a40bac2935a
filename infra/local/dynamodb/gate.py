"""What a table that is not active refuses, and the errors that the weather answers with."""

from collections.abc import Callable
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from infra.local.account import Account
from infra.local.dynamodb import errors
from infra.local.dynamodb.tables import CREATING, DELETING, INACCESSIBLE, UPDATING, Tables
from infra.local.dynamodb.weather import ERROR
from infra.local.patching import replace
from infra.local.weather import Weather

# Amazon DynamoDB API Reference, the errors of these calls.
NOT_FOUND = "ResourceNotFoundException"
IN_USE = "ResourceInUseException"
ITEMS = dict.fromkeys(
    (
        "batch_get_item",
        "batch_write_item",
        "delete_item",
        "get_item",
        "put_item",
        "query",
        "scan",
        "transact_get_items",
        "transact_write_items",
        "update_item",
    ),
    NOT_FOUND,
)
SETTINGS = dict.fromkeys(
    (
        "delete_resource_policy",
        "delete_table",
        "put_resource_policy",
        "tag_resource",
        "untag_resource",
        "update_contributor_insights",
        "update_table",
        "update_time_to_live",
    ),
    IN_USE,
)
OTHERS = {
    "create_backup": "TableInUseException",
    "update_continuous_backups": "ContinuousBackupsUnavailableException",
}
# Amazon DynamoDB API Reference, BatchWriteItem.
MOST_WRITES = 25
# What a table that is being updated refuses as well.
ALONE = ("delete_table", "update_table")
DOING = {CREATING: "created", UPDATING: "updated", DELETING: "deleted"}
LOOKS = (
    "create_table",
    "delete_backup",
    "describe_backup",
    "describe_continuous_backups",
    "describe_contributor_insights",
    "describe_table",
    "describe_time_to_live",
    "get_resource_policy",
    "list_backups",
    "list_tables",
    "list_tags_of_resource",
    "restore_table_from_backup",
    "restore_table_to_point_in_time",
)
REFUSALS: dict[str, str] = {**ITEMS, **SETTINGS, **OTHERS, **dict.fromkeys(LOOKS, "")}
WORDS = {
    NOT_FOUND: "Requested resource not found",
    IN_USE: "Attempt to change a resource which is still in use: Table is being {doing}: {table}",
}


def install(account: Account, tables: Tables, weather: Weather) -> None:
    """Refuse what cannot be done yet or no more; to be installed after all other answers."""
    for name, code in REFUSALS.items():
        action = "".join(part.capitalize() for part in name.split("_"))
        plain = getattr(DynamoHandler, name)
        refusing = {CREATING, DELETING, UPDATING} if name in ALONE else {CREATING, DELETING}
        refusing -= {DELETING} if code == NOT_FOUND else set()
        gated = _gated(plain, action, code, refusing, tables, weather)
        replace(account, DynamoHandler, name, gated)


def _gated(
    plain: Callable[[Any], Any],
    action: str,
    code: str,
    refusing: set[str],
    tables: Tables,
    weather: Weather,
) -> Callable[[Any], Any]:
    def answer(handler: Any) -> Any:
        names = named_tables(handler.body)
        fault = weather.fault(ERROR, action=(action, f"dynamodb:{action}"), id=names)
        if fault:
            raise errors.error(fault.code, fault.message or f"{fault.code} by the weather")
        if action == "BatchWriteItem" and _requests(handler.body) > MOST_WRITES:
            raise errors.invalid("Too many items requested for the BatchWriteItem call")
        for name in names if code else ():
            table = handler.dynamodb_backend.tables.get(name)
            if table is not None:
                _refuse(tables.status(table), refusing, name, code)
        return plain(handler)

    return answer


def _requests(body: dict[str, Any]) -> int:
    return sum(len(each) for each in body["RequestItems"].values())


def _refuse(status: str, refusing: set[str], name: str, code: str) -> None:
    if status == INACCESSIBLE and code == NOT_FOUND:
        raise errors.invalid("The AWS KMS key of the table is not accessible")
    if status in refusing:
        words = WORDS.get(code, "Table is being {doing}: {table}")
        raise errors.error(code, words.format(doing=DOING[status], table=name))


def answering(answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Give the method of moto's handler that answers by a method of something else."""
    return lambda handler: answer(handler)


def named_tables(body: dict[str, Any]) -> list[str]:
    """Give the names of the tables that a request is about, which may be named by ARN."""
    named = [body.get(key, "") for key in ("TableName", "TargetTableName", "SourceTableName")]
    named += [body.get(key, "") for key in ("ResourceArn", "SourceTableArn", "BackupArn")]
    named += list(body.get("RequestItems", {}))
    for item in body.get("TransactItems", []):
        named += [each.get("TableName", "") for each in item.values()]
    return [table_name(each) for each in named if each]


def table_name(name_or_arn: str) -> str:
    """Give a table's name where it, its ARN, or the ARN of something of it is given."""
    return name_or_arn.partition(":table/")[2].partition("/")[0] or name_or_arn
