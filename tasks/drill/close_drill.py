"""Record how a drill ended, and free the system for the next."""

from collections.abc import Mapping
from typing import Any

from tasks import audit, store
from tasks.drills import judgements, outcomes, records, verdicts
from tasks.drills.clocks import NOT_MEASURED
from tasks.runtime import client, metric, raising, setting, task

PERMISSIONS: dict[str, str | list[str]] = {
    **records.PERMISSIONS,
    "dynamodb:UpdateItem": "${StateTable.Arn}",
    "dynamodb:PutItem": ["${StateTable.Arn}", "${AuditTable.Arn}"],
    "dynamodb:DeleteItem": "${StateTable.Arn}",
}
LONGEST_WORDS = 3000

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    tables = {"state": setting("STATE_TABLE"), "audit": setting("AUDIT_TABLE")}
    return close(request, tables, dynamodb=client("dynamodb"))


def close(request: Values, tables: Values, dynamodb: Any) -> dict[str, Any]:
    """Close the drill; closed again, as by the janitor, it keeps its first verdict and time.

    The system is free for another drill once nothing is left; without evidence no drill is
    green.
    """
    plan, judgement, table = request["plan"], request["judgement"], tables["state"]
    drill, error = plan["drill"], outcomes.explained(request["failure"])
    written = bool(request["evidence"]) and not error
    verdict = verdicts.joined([judgement["verdict"], *([] if written else [verdicts.ERROR])])
    before = records.read(store.drill(drill["id"]), table, dynamodb)
    status = records.CLOSED if judgement["clean"] and written else records.DIRTY
    closed = {
        "status": status,
        "verdict": before.get("verdict", verdict),
        "ended_at": before.get("ended_at", request["now"]),
        "rto_seconds": before.get("rto_seconds", judgement["rto_seconds"]),
        "restore_seconds": before.get("restore_seconds", judgement["restore_seconds"]),
        "rpo_seconds": before.get("rpo_seconds", judgement["rpo_seconds"]),
        "kept_until": judgement["kept_until"],
        "left": judgement["left_count"],
    }
    _record(drill["id"], closed, table, dynamodb)
    _put_trend(drill, judgement["measure"], closed, table, dynamodb)
    audit.write_drill(
        drill,
        why=plan["reason"],
        outcome=closed["verdict"],
        digest=request["evidence"].get("digest", ""),
        ended_at=closed["ended_at"],
        table=tables["audit"],
        dynamodb=dynamodb,
    )
    if judgement["clean"]:
        _free(drill, table, dynamodb)
    if "ended_at" not in before:
        _measure(drill, closed)
    return {
        "status": status,
        "verdict": closed["verdict"],
        "end": _end(closed["verdict"], judgement["clean"]),
        "words": _words(judgement, request["evidence"], error),
    }


def _end(verdict: str, clean: bool) -> str:
    if not clean:
        return "FailedDirty"
    return "Succeeded" if verdict == verdicts.PASS else "DrillFailed"


def _words(judgement: Values, evidence: Values, error: Values) -> str:
    told = [judgement["words"], *judgement["reasons"], judgement["trend"]["words"]]
    if evidence:
        told.append(f"Evidence: {evidence['key']}, SHA-256 {evidence['digest']}")
    if error:
        told.append(f"Not all is on record: {outcomes.words(error)}")
    if judgement["kept_until"]:
        told.append(f"Copies are kept for a look until {judgement['kept_until']}")
    return " ".join(f"{one.rstrip('.')}." for one in told)[:LONGEST_WORDS]


def _record(drill: str, closed: Values, table: str, dynamodb: Any) -> None:
    with raising({}, f"record of {drill}"):
        dynamodb.update_item(
            TableName=table,
            Key=store.to_item(store.drill(drill)),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in closed),
            ExpressionAttributeNames={f"#{name}": name for name in closed},
            ExpressionAttributeValues=store.to_item(
                {f":{name}": value for name, value in closed.items()}
            ),
        )


def _put_trend(drill: Values, measure: str, closed: Values, table: str, dynamodb: Any) -> None:
    """Write what later drills are compared with; again, it is the same row."""
    row = {
        **store.drills_of(drill["system"], drill["scenario"], closed["ended_at"]),
        "drill": drill["id"],
        "verdict": closed["verdict"],
        "measure": measure,
        "seconds": judgements.time_of(closed, measure),
        "rpo_seconds": closed["rpo_seconds"],
        "ended_at": closed["ended_at"],
    }
    with raising({}, f"trend of {drill['id']}"):
        dynamodb.put_item(TableName=table, Item=store.to_item(row))


def _free(drill: Values, table: str, dynamodb: Any) -> None:
    """Give the system's place back, unless another drill has taken it over."""
    with raising({}, f"place of {drill['system']}"):
        try:
            dynamodb.delete_item(
                TableName=table,
                Key=store.to_item(store.active_drill(drill["system"])),
                ConditionExpression="drill = :drill",
                ExpressionAttributeValues=store.to_item({":drill": drill["id"]}),
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return


def _measure(drill: Values, closed: Values) -> None:
    about = {"system": drill["system"], "scenario": drill["scenario"]}
    metric("Drills", 1, **about, verdict=closed["verdict"])
    named = {
        "DrillRtoSeconds": "rto_seconds",
        "DrillRestoreSeconds": "restore_seconds",
        "DrillRpoSeconds": "rpo_seconds",
    }
    for name, field in named.items():
        if closed[field] != NOT_MEASURED:
            metric(name, closed[field], "Seconds", **about)
