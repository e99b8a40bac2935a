"""Remove daytwo's backups that have served their time, where newer good ones are there."""

from collections.abc import Mapping
from typing import Any

from tasks import components, stacks
from tasks.backups import database_snapshots, disks, kinds, marks, pruning, records
from tasks.backups.kinds import Clients
from tasks.backups.records import Row
from tasks.backups.services import Exports, Service, TableBackups
from tasks.errors import NotPruned, TaskError
from tasks.runtime import client, log, raising, setting, task

PERMISSIONS = {
    **records.READS,
    **records.REMOVES,
    **TableBackups.PERMISSIONS,
    **TableBackups.REMOVES,
    **Exports.PERMISSIONS,
    **Exports.REMOVES,
    **database_snapshots.LOOKS,
    **database_snapshots.REMOVES,
    **disks.LOOKS,
    **disks.REMOVES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
# Backups of DynamoDB bear no tags, so that no condition can tell whose they are.
CONDITIONS = dict.fromkeys((*database_snapshots.REMOVES, *disks.REMOVES), marks.MARKED)
TIMEOUT = 300
# So many are removed in one call; the next goes on.
MOST_AT_ONCE = 40


@task
def handler(request: Any, context: Any) -> Any:
    backup, table = request["backup"], setting("STATE_TABLE")
    dynamodb = client("dynamodb")
    rows = records.read(backup["system"], backup["environment"], table=table, dynamodb=dynamodb)
    return prune(
        [row for row in rows if row["kind"] == backup["kind"]],
        {name: request[name] for name in ("retention_days", "keep_at_least", "now")},
        forget=lambda row: records.forget(row, table, dynamodb),
        bucket=setting("EVIDENCE_BUCKET"),
        clients=client,
    )


def prune(
    rows: list[Row], policy: Mapping[str, Any], forget: Any, bucket: str, clients: Clients
) -> dict[str, Any]:
    """Remove what is due, and say what was removed and what was left, with the reason.

    A record goes once its backup and the copies of it are seen to be gone; until then it is
    asked for again. What cannot be removed keeps nothing else.
    """
    due = pruning.due(rows, **policy)
    pruned, left, waiting = [], [], 0
    for row in due[:MOST_AT_ONCE]:
        try:
            gone = _may_go(rows, row, policy, bucket, clients) and _remove(row, bucket, clients)
        except TaskError as error:
            log.warning("not pruned", extra={"backup": row["backup"], "error": str(error)})
            left.append({"backup": named(row), "reason": f"{type(error).__name__}: {error}"[:500]})
            continue
        if gone:
            forget(row)
            pruned.append(named(row))
        else:
            waiting += 1
    more = len(due) > MOST_AT_ONCE and bool(pruned)
    return {"done": not waiting and not more, "pruned": pruned, "left": left}


def named(row: Row) -> str:
    """Name a component's backup for people."""
    return f"{row['backup']} of {row['component']}"


def _may_go(
    rows: list[Row], row: Row, policy: Mapping[str, Any], bucket: str, clients: Clients
) -> bool:
    """Raise NotPruned unless the newer backups on record, and its own mark, are really there."""
    for newer in pruning.kept(rows, row, policy["keep_at_least"]):
        service, points = _here(newer, bucket, clients)
        for point in points:
            seen = service.find(point)
            if seen is None or not seen.done:
                state = "gone" if seen is None else seen.state
                raise NotPruned(f"the newer {named(newer)} is {state}: {point}")
    return True


def _remove(row: Row, bucket: str, clients: Clients) -> bool:
    """Ask for the removal of all points that are there; true when none of them is."""
    gone = True
    for service, points in [_here(row, bucket, clients), *_copies(row, clients)]:
        for point in points:
            seen = service.find(point)
            if seen is None:
                continue
            if seen.mark != row["backup"]:
                raise NotPruned(f"{point} does not bear the mark of {row['backup']}")
            service.delete(point)
            gone = gone and service.find(point) is None
    if gone:
        _sweep(row, bucket, clients("s3"))
    return gone


def _sweep(row: Row, bucket: str, s3: Any) -> None:
    """Delete the files about a backup that is gone, such as its manifest.

    Under Object Lock their content is kept behind delete markers until the lock ends.
    """
    folder = marks.key({**row, "id": row["backup"]}, {"name": row["component"]}, "")
    with raising({}, f"s3://{bucket}/{folder}"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
            keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
            if not keys:
                continue
            reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            for refused in reply.get("Errors", []):
                raise NotPruned(f"{refused['Key']} was not deleted: {refused.get('Message', '')}")


def _here(row: Row, bucket: str, clients: Clients) -> tuple[Service, list[str]]:
    """Give the points of a record; of one that was cut off, those that are found by their marks."""
    service = kinds.service(_chain(row), row["target"], bucket, clients)
    points = [point["id"] for point in row["points"]]
    return service, points or service.search(row)


def _copies(row: Row, clients: Clients) -> list[tuple[Service, list[str]]]:
    """Give the same of each copy that leaves the Region."""
    found: list[tuple[Service, list[str]]] = []
    for copy in row["copies"] if _chain(row) in kinds.COPIED else []:
        target = {"region": copy["region"], "role_arn": row["target"]["role_arn"]}
        service = kinds.copying(_chain(row), target, clients)
        points = [point["id"] for point in copy["points"]]
        found.append((service, points or service.search(row)))
    return found


def _chain(row: Row) -> str:
    return components.BACKUPS[row["kind"]][row["type"]]
