"""The audit trail: who changed what, from what to what, and how it ended."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tasks import store
from tasks.runtime import raising

Values = Mapping[str, Any]


def put(
    plan: Values, request: Values, execution: Values, outcome: str, now: str, table: str
) -> dict[str, Any]:
    """Give the transaction's action that adds an outcome of an execution to the trail once.

    The key, made of the execution, its outcome and its start, is the same for each delivery;
    `recorded_at` is when the first one was written. Times are ISO 8601.
    """
    entry = {
        "id": f"{execution['id']}#{outcome}",
        "timestamp": execution["started_at"],
        "recorded_at": now,
        "who": request["requested_by"],
        "why": request["reason"],
        "what": "promotion",
        "on_what": f"{plan['system']}/{plan['environment']}",
        "from": plan["previous"]["release"],
        "to": plan["release"],
        "digest": plan["digest"],
        "outcome": outcome,
        "execution": execution["id"],
    }
    return {
        "Put": {
            "TableName": table,
            "Item": store.to_item(entry),
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }


def write_decision(
    approval: Values,
    *,
    who: str,
    what: str,
    outcome: str,
    why: str,
    table: str,
    dynamodb: Any,
    timestamp: str = "",
) -> None:
    """Add what somebody did about an approval to the trail.

    `timestamp` is the moment it happened (`moment()` by default): the same entry of the same
    moment is one entry.
    """
    entry = {
        "id": f"{approval['execution']}#approval",
        "timestamp": timestamp or moment(),
        "who": who,
        "why": why,
        "what": what,
        "on_what": f"{approval['system']}/{approval['environment']}",
        "subject": approval["subject"],
        "digest": approval["digest"],
        "outcome": outcome,
        "execution": approval["execution"],
        "approval": approval["sk"],
    }
    if "release" in approval:
        entry["to"] = approval["release"]
    with raising({}, table):
        dynamodb.put_item(TableName=table, Item=store.to_item(entry))


def write_unlock(
    on_what: str, *, who: str, why: str, execution: str, table: str, dynamodb: Any
) -> None:
    """Add to the trail that a person freed the lock which an ended execution had kept."""
    entry = {
        "id": f"{execution}#unlock",
        "timestamp": moment(),
        "who": who,
        "why": why,
        "what": "unlock",
        "on_what": on_what,
        "outcome": "freed",
        "execution": execution,
    }
    with raising({}, table):
        dynamodb.put_item(TableName=table, Item=store.to_item(entry))


def moment() -> str:
    """Give this moment, ISO 8601 UTC, fine enough to keep two entries apart."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
