"""Make an on-demand backup of a DynamoDB table, and look until it can be restored from."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.backups import marks
from tasks.errors import BackupFailed, TaskError, Unavailable
from tasks.runtime import client, iso, raising, task

TABLE_ARN = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${System}-*"
PERMISSIONS = {
    "dynamodb:CreateBackup": TABLE_ARN,
    "dynamodb:DescribeTable": TABLE_ARN,
    "dynamodb:DescribeBackup": f"{TABLE_ARN}/backup/*",
    "dynamodb:ListBackups": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {
    "TableNotFoundException": BackupFailed,
    "ResourceNotFoundException": BackupFailed,
    "BackupNotFoundException": BackupFailed,
    # Both pass when what is under way with the table has ended.
    "TableInUseException": Unavailable,
    "BackupInUseException": Unavailable,
    "ContinuousBackupsUnavailableException": Unavailable,
}


@task
def handler(request: Any, context: Any) -> Any:
    dynamodb = client("dynamodb", request["backup"]["target"])
    return back_up(request["backup"], request["component"], dynamodb)


def back_up(backup: Mapping[str, Any], component: Mapping[str, Any], dynamodb: Any) -> Any:
    """Make the backup unless it is there, and say how far it is; raises BackupFailed.

    The backup bears the name of daytwo's backup and component, by which it is found again.
    """
    name, table = marks.name(backup, component), component["resource"]
    arn = find(name, table, dynamodb)
    with raising(ERRORS, f"table {table}"):
        if not arn:
            made = dynamodb.create_backup(TableName=table, BackupName=name)
            arn = made["BackupDetails"]["BackupArn"]
        described = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
        schema = dynamodb.describe_table(TableName=table)["Table"]
    made = described["BackupDetails"]
    if made["BackupStatus"] == "DELETED":
        raise BackupFailed(f"The backup {name} of {table} was deleted while it was made")
    point = {
        "id": arn,
        "resource": table,
        "at": iso(made["BackupCreationDateTime"]),
        "size_bytes": made.get("BackupSizeBytes", 0),
    }
    return {
        "done": made["BackupStatus"] == "AVAILABLE",
        "state": made["BackupStatus"],
        "points": [point],
        "detail": {"schema": schema_of(schema)},
    }


def find(name: str, table: str, dynamodb: Any) -> str:
    """Give the ARN of the table's backup of that name, or nothing."""
    with raising(ERRORS, f"backups of {table}"):
        pages = dynamodb.get_paginator("list_backups").paginate(TableName=table)
        for page in pages:
            for summary in page["BackupSummaries"]:
                if summary["BackupName"] == name and summary["BackupStatus"] != "DELETED":
                    return str(summary["BackupArn"])
    return ""


def schema_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """Give what makes a table's shape, in an order of its own: keys, indexes, billing, class."""
    indexes = [
        {
            "name": index["IndexName"],
            "kind": kind,
            "keys": keys(index["KeySchema"]),
            "projection": index["Projection"].get("ProjectionType", ""),
        }
        for kind, field in (
            ("global", "GlobalSecondaryIndexes"),
            ("local", "LocalSecondaryIndexes"),
        )
        for index in table.get(field, [])
    ]
    return {
        "keys": keys(table["KeySchema"]),
        "attributes": {
            entry["AttributeName"]: entry["AttributeType"]
            for entry in table["AttributeDefinitions"]
        },
        "indexes": sorted(indexes, key=lambda index: str(index["name"])),
        "billing": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "class": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "stream": table.get("StreamSpecification", {}).get("StreamViewType", ""),
        "deletion_protection": table.get("DeletionProtectionEnabled", False),
    }


def keys(schema: list[dict[str, str]]) -> list[str]:
    """Give the names of a key's attributes, the partition key first."""
    return [entry["AttributeName"] for entry in sorted(schema, key=lambda one: one["KeyType"])]
