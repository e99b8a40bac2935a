"""The audit trail: who changed what, from what to what, and how it ended."""

from collections.abc import Mapping
from typing import Any

from tasks import store

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
