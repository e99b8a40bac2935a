"""Find drills that are over and left something open, or copies that were kept long enough."""

import json
from collections.abc import Mapping
from typing import Any

from tasks import requests, store
from tasks.drills import clocks, places, records
from tasks.errors import TaskError, Unavailable
from tasks.janitor.find_claim import ENDINGS, failure
from tasks.runtime import client, raising, setting, task

PERMISSIONS = places.PERMISSIONS
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 60
MOST_DRILLS = 10
# What nobody has looked after yet goes before what was tried in vain.
FIRST = ("cut_off", "kept", "dirty")
GONE = {"Error": "Gone", "Cause": "Step Functions does not know the execution any more."}

Record = Mapping[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    document, _ = requests.opened(request["document"])
    return find(
        requests.checked(document, "drill_janitor")["execution"],
        request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        stepfunctions=client("stepfunctions"),
    )


def find(execution: str, now: str, table: str, dynamodb: Any, stepfunctions: Any) -> dict[str, Any]:
    """Give what the execution left, or without one what all drills left, ten at most by FIRST.

    Raises Unavailable where the named execution still runs: AWS may say so for a moment after
    its end (Step Functions API Reference, "DescribeExecution").
    """
    found = []
    for record in _records(execution, table, dynamodb):
        why = _why(record, now)
        if not why:
            continue
        ended = {} if why != "cut_off" else _ended(record["execution"], stepfunctions)
        if ended is None and execution:
            raise Unavailable(f"{execution} still runs: stop it before its drill is cleaned up.")
        if ended is None:
            continue
        plan = json.loads(record["plan"])
        # Ten plans in all their words would be too long for the janitor's document.
        plan["lines"] = plan["lines"][:1]
        found.append({"drill": plan["drill"], "plan": plan, "why": why, "failure": ended})
    found.sort(key=lambda one: FIRST.index(one["why"]))
    return {"found": bool(found), "drills": found[:MOST_DRILLS]}


def _records(execution: str, table: str, dynamodb: Any) -> list[records.Record]:
    """Give the records of drills that were opened: the execution's own, or all."""
    if not execution:
        found = records.partition(store.drill("")["pk"], table, dynamodb)
        return [record for record in found if "plan" in record]
    record = records.read(store.drill(execution.rsplit(":", 1)[1]), table, dynamodb)
    return [record] if record.get("execution") == execution else []


def _why(record: Record, now: str) -> str:
    """Say why a drill needs the janitor, empty where it does not."""
    if record["status"] == records.RUNNING:
        return "cut_off"
    if record["status"] == records.DIRTY:
        return "dirty"
    until = record.get("kept_until", "")
    return "kept" if until and clocks.instant(until) <= clocks.instant(now) else ""


def _ended(execution: str, stepfunctions: Any) -> dict[str, str] | None:
    """Give how the execution ended as a caught error, None while it runs."""
    with raising(ERRORS, execution):
        try:
            described = stepfunctions.describe_execution(executionArn=execution)
        except stepfunctions.exceptions.ExecutionDoesNotExist:
            return dict(GONE)
    if described["status"] in ENDINGS:
        return failure(described)
    if described["status"] == "SUCCEEDED":
        return {"Error": "NotClosed", "Cause": "The execution ended without closing its drill."}
    return None
