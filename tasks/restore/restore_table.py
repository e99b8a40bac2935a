"""Restore a DynamoDB table to a copy, from its log as of a moment or from a backup."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.drills import clocks, copies, ledger, standing
from tasks.errors import DrillRefused, NothingToRestore, RestoreFailed, TaskError
from tasks.runtime import client, iso, raising, setting, task
from tasks.tables import places

PERMISSIONS = places.merged(
    standing.PERMISSIONS,
    ledger.WRITES,
    {
        "dynamodb:DescribeTable": places.BOTH,
        "dynamodb:DescribeContinuousBackups": places.BOTH,
        "dynamodb:RestoreTableToPointInTime": places.BOTH,
        "dynamodb:RestoreTableFromBackup": [f"{places.SOURCES}/backup/*", places.COPIES],
    },
    # DynamoDB writes into the copy with the caller's rights (Developer Guide, "IAM and
    # DynamoDB backup and restore").
    dict.fromkeys(
        (
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:UpdateItem",
        ),
        places.COPIES,
    ),
    places.ASSUME,
)
ERRORS: dict[str, type[TaskError]] = {
    **places.ERRORS,
    "ResourceNotFoundException": NothingToRestore,
    "TableNotFoundException": NothingToRestore,
    "BackupNotFoundException": NothingToRestore,
    "InvalidRestoreTimeException": NothingToRestore,
    "PointInTimeRecoveryUnavailableException": NothingToRestore,
}
UNDER_WAY = ("CREATING", "UPDATING")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    copies.check_name(component["copy"])
    ledger.plan(
        drill["id"],
        "table",
        component["copy"],
        component=component["name"],
        target=drill["target"]["target"],
        now=request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        detail=places.origin(component),
    )
    source = client("dynamodb", drill["source"]["target"])
    return restore(component, source, client("dynamodb", drill["target"]["target"]), request["now"])


def restore(component: Mapping[str, Any], source: Any, dynamodb: Any, now: str) -> dict[str, Any]:
    """Begin the restore, or say how far it is; done when the copy is ACTIVE.

    A moment that DynamoDB cannot restore yet, as it is about five minutes behind, is waited
    for. Raises NothingToRestore, DrillRefused where the name is taken, and RestoreFailed.
    """
    name, point = component["copy"], component["recovery_point"]
    found = places.find(name, dynamodb)
    if found is not None:
        if not places.restored_from(component["resource"], found):
            raise DrillRefused(
                f"There is a table {name} already that was not restored from "
                f"{component['resource']}; start the drill again, which takes another name"
            )
        return look(component, found)
    if point["kind"] == "backup":
        with raising(ERRORS, f"backup {point['id']}"), once(dynamodb):
            dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=point["id"])
        return answer(component, "CREATING")
    if point["kind"] != "pitr":
        raise NothingToRestore(f"A table is not restored from {point['kind']}: {component['name']}")
    behind = check_window(component, source, now)
    if behind:
        return answer(component, behind)
    moment: dict[str, Any] = {"UseLatestRestorableTime": True}
    if point["at"]:
        moment = {"RestoreDateTime": clocks.instant(point["at"])}
    with raising(ERRORS, f"table {component['resource']}"), once(dynamodb):
        arn = source.describe_table(TableName=component["resource"])["Table"]["TableArn"]
        dynamodb.restore_table_to_point_in_time(SourceTableArn=arn, TargetTableName=name, **moment)
    return answer(component, "CREATING")


@contextlib.contextmanager
def once(dynamodb: Any) -> Iterator[None]:
    """Take a table that is there for an earlier call's: the next look tells whose it is.

    DescribeTable may not tell of it for a moment (DynamoDB API Reference, "DescribeTable").
    """
    with contextlib.suppress(dynamodb.exceptions.TableAlreadyExistsException):
        yield


def check_window(component: Mapping[str, Any], source: Any, now: str) -> str:
    """Say that the moment cannot be restored yet, empty where it can; else NothingToRestore."""
    name, at = component["resource"], component["recovery_point"]["at"]
    with raising(ERRORS, f"table {name}"):
        told = source.describe_continuous_backups(TableName=name)
    window = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if window.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise NothingToRestore(
            f"Point-in-time recovery of {name} is off: switch it on, or drill from a backup"
        )
    if not at:
        return ""
    moment = clocks.instant(at)
    earliest, latest = window["EarliestRestorableDateTime"], window["LatestRestorableDateTime"]
    if moment < earliest.replace(microsecond=0) or moment > clocks.instant(now):
        raise NothingToRestore(
            f"{name} can be restored as of {iso(earliest)} to {iso(latest)}, not as of {at}"
        )
    if moment > latest:
        return f"{name} can be restored up to {iso(latest)} yet, and {at} is asked for"
    return ""


def look(component: Mapping[str, Any], table: places.Table) -> dict[str, Any]:
    """Say how far the copy is; raises RestoreFailed where DynamoDB gave it up."""
    status, summary = table["TableStatus"], table["RestoreSummary"]
    if status not in (*UNDER_WAY, "ACTIVE"):
        raise RestoreFailed(
            f"The copy {component['copy']} of {component['resource']} is {status}: DynamoDB has "
            "given its restore up. Look at the key that the source is encrypted with."
        )
    done = status == "ACTIVE" and not summary.get("RestoreInProgress", False)
    found = answer(component, status)
    found["done"] = done
    found["copy"]["arn"] = table["TableArn"]
    found["copy"]["recovered_to"] = iso(summary["RestoreDateTime"])
    return found


def answer(component: Mapping[str, Any], state: str) -> dict[str, Any]:
    """Say that it is not done yet."""
    point = component["recovery_point"]
    copy = {
        "table": component["copy"],
        "arn": "",
        "recovered_to": point["at"],
        "source": point["id"] or component["resource"],
    }
    return {"done": False, "state": state, "copy": copy}
