"""Judge a drill by what became of its components, its objectives and its cleanup."""

import json
from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.drills import judgements, ledger, papers, records
from tasks.errors import AccessRefused, AwsCallFailed
from tasks.runtime import client, log, setting, task

PERMISSIONS = {**records.PERMISSIONS, **papers.READS}
# The trend is told of as many.
MOST_PAST = 12

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return judge(
        request["plan"],
        request["failure"],
        request["now"],
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        dynamodb=client("dynamodb"),
        s3=client("s3"),
    )


def judge(
    plan: Values, failure: Values, now: str, table: str, bucket: str, dynamodb: Any, s3: Any
) -> dict[str, Any]:
    """Give the judgement: what nobody recorded, or nobody could read, is never green."""
    drill = plan["drill"]
    found = records.outcomes(drill["id"], table, dynamodb)
    recorded = {name: json.loads(record["outcome"]) for name, record in sorted(found.items())}
    rows = ledger.rows(drill["id"], table=table, dynamodb=dynamodb)
    past = last_drills(drill, table, dynamodb)
    whole = _whole(plan, bucket, s3)
    return judgements.judged(whole, recorded, rows, past, failure, now)


def last_drills(drill: Values, table: str, dynamodb: Any) -> list[records.Record]:
    """Give the last drills of the system and scenario, the newest first, without this one."""
    pk = store.drills_of(drill["system"], drill["scenario"], "")["pk"]
    found: list[records.Record] = []
    for record in records.partition(pk, table, dynamodb, ScanIndexForward=False, Limit=50):
        if record["drill"] != drill["id"]:
            found.append(record)
        if len(found) == MOST_PAST:
            break
    return found


def _whole(plan: Values, bucket: str, s3: Any) -> Values:
    """Read the plan as it was written, if it still is what was written.

    S3 calls one that is gone a refused one to those who may not list the bucket.
    """
    try:
        return dict(papers.get(plan["plan_key"], bucket, s3, plan["digest"]))
    except (AccessRefused, AwsCallFailed) as unread:
        log.warning("plan not read", extra={"reason": str(unread)})
        return {
            "drill": plan["drill"],
            "objectives": plan["objectives"],
            "measure": "restore_time",
            "components": [],
        }
