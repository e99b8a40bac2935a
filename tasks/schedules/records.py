"""What the schedules remember between two looks, in the state table."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from schemas.validation import InvalidDocument, check
from tasks import store, transactions
from tasks.errors import InvalidManifest, Unavailable
from tasks.fleets import operations
from tasks.schedules.decisions import Override, Record

# What reading and writing take.
PERMISSIONS = {
    **operations.PERMISSIONS,
    "dynamodb:PutItem": "${StateTable.Arn}",
    "dynamodb:UpdateItem": "${StateTable.Arn}",
    "dynamodb:DeleteItem": "${StateTable.Arn}",
}
NEXT = "next"
GOALS = {"keep-running": "on", "keep-stopped": "off"}
# A transaction takes 100 items (Amazon DynamoDB API Reference, "TransactWriteItems").
MOST_GROUPS, MOST_OVERRIDES = 80, 19
NEVER = "9999-12-31T00:00"
KEPT_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True)
class Known:
    """All that a look begins with. `due` and `edition` are "" and 0 before the first look."""

    due: str
    edition: int
    execution: str
    goals: dict[str, str]
    records: dict[str, Record]
    manifests: list[dict[str, Any]] = field(default_factory=list)
    overrides: dict[str, Override] = field(default_factory=dict)


def minute(moment: datetime) -> str:
    """Write a moment's minute so that it sorts before every moment of that minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def read(table: str, dynamodb: Any) -> Known:
    """Read the state and then what it depends on: a later edit is noticed when it is written."""
    items = {
        item["sk"]: item
        for item in operations.partition(store.schedule_state("")["pk"], table, dynamodb)
    }
    state = items.pop(NEXT, {})
    return Known(
        due=state.get("due_at", ""),
        edition=state.get("edition", 0),
        execution=state.get("execution", ""),
        goals=json.loads(state.get("goals", "{}")),
        records={key: _record(item) for key, item in items.items()},
        manifests=[
            _manifest(item)
            for item in operations.partition(store.system("")["pk"], table, dynamodb)
        ],
        overrides=overrides(operations.partition(store.override("")["pk"], table, dynamodb)),
    )


def _manifest(item: Mapping[str, Any]) -> dict[str, Any]:
    try:
        filled: dict[str, Any] = check(json.loads(item["manifest"]), "system")
    except InvalidDocument as invalid:
        raise InvalidManifest(f"The manifest of {item['sk']} is wrong. {invalid}") from None
    return filled


def _record(item: Mapping[str, Any]) -> Record:
    return Record(
        goal=item["goal"],
        since=item["since"],
        outcome=item["outcome"],
        attempts=item["attempts"],
        execution=item["execution"],
        told=tuple(item["told"]),
    )


def overrides(items: Iterable[Mapping[str, Any]]) -> dict[str, Override]:
    """Give the overrides of items of the state table, by instance."""
    return {
        item["sk"]: Override(
            instance_id=item["sk"],
            goal=GOALS[item["goal"]],
            until=datetime.fromisoformat(item["until"]),
            seen=item["seen"],
        )
        for item in items
    }


def commit(
    known: Known,
    records: Mapping[str, Record],
    overrides: Iterable[Override],
    *,
    due: str,
    goals: Mapping[str, str],
    execution: str,
    now: datetime,
    table: str,
    dynamodb: Any,
) -> None:
    """Write what a look came to, all or nothing.

    `overrides` are those that the look has brought about, or seen to have expired. Raises
    Unavailable where a schedule, manifest or override was edited since it was read, or
    another look came first: the look is to be made again.
    """
    actions = [_state(known, due, goals, execution, table)]
    actions += [_put(key, record, now, table) for key, record in records.items()]
    actions += [_overridden(override, now, table) for override in overrides]
    if transactions.write(actions, dynamodb, "schedules"):
        raise Unavailable("The schedules were edited while they were looked at: look again.")


def _state(
    known: Known, due: str, goals: Mapping[str, str], execution: str, table: str
) -> dict[str, Any]:
    values: dict[str, Any] = {
        ":due": due,
        ":goals": json.dumps(goals, sort_keys=True),
        ":execution": execution,
    }
    condition = "attribute_not_exists(due_at)"
    if known.due:
        condition = "due_at = :before AND edition = :edition"
        values |= {":before": known.due, ":edition": known.edition}
    set_ = "SET due_at = :due, goals = :goals, execution = :execution"
    if not known.due:
        set_ += ", edition = :edition"
        values[":edition"] = known.edition
    return {
        "Update": {
            "TableName": table,
            "Key": store.to_item(store.schedule_state(NEXT)),
            "UpdateExpression": set_,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": store.to_item(values),
        }
    }


def _put(key: str, record: Record, now: datetime, table: str) -> dict[str, Any]:
    item = {
        **store.schedule_state(key),
        "goal": record.goal,
        "since": record.since,
        "outcome": record.outcome,
        "attempts": record.attempts,
        "execution": record.execution,
        "told": list(record.told),
        "expires_at": int(now.timestamp()) + KEPT_SECONDS,
    }
    return {"Put": {"TableName": table, "Item": store.to_item(item)}}


def _overridden(override: Override, now: datetime, table: str) -> dict[str, Any]:
    """Mark an override as seen, or remove one that has expired."""
    entry = {"TableName": table, "Key": store.to_item(store.override(override.instance_id))}
    if override.until <= now:
        return {"Delete": entry}
    return {
        "Update": {
            **entry,
            "UpdateExpression": "SET seen = :true",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": store.to_item({":true": True}),
        }
    }


def look_soon(table: str) -> dict[str, Any]:
    """Give the transaction's action that makes the next tick look, and any look under way again.

    For whoever edits what schedules depend on, in the same transaction.
    """
    return {
        "Update": {
            "TableName": table,
            "Key": store.to_item(store.schedule_state(NEXT)),
            "UpdateExpression": "SET due_at = :now ADD edition :one",
            "ExpressionAttributeValues": store.to_item({":now": "0000-01-01T00:00", ":one": 1}),
        }
    }
