"""The audit trail: who did what to what, when, and with which outcome."""

from datetime import UTC, datetime
from typing import Any

from tasks import store
from tasks.runtime import raising


def write(
    table: str,
    dynamodb: Any,
    *,
    execution: str,
    actor: str,
    action: str,
    target: str,
    outcome: str,
    timestamp: str = "",
    **more: str,
) -> None:
    """Add an entry to an execution's trail; the same entry with the same time is one entry.

    `timestamp` is the moment it happened, ISO 8601 UTC with microseconds; now if empty.
    """
    entry = {
        "id": execution,
        "timestamp": timestamp or now(),
        "actor": actor,
        "action": action,
        "target": target,
        "outcome": outcome,
        **more,
    }
    with raising({}, table):
        dynamodb.put_item(TableName=table, Item=store.to_item(entry))


def now() -> str:
    """Give this moment, fine enough to keep two entries apart."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
