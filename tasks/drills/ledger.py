"""The ledger: what a drill is about to make or change, written down before it does."""

import json
from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.runtime import raising

# What a task needs that writes rows, and one that strikes them out.
WRITES = {"dynamodb:PutItem": "${StateTable.Arn}"}
STRIKES = {"dynamodb:UpdateItem": "${StateTable.Arn}"}

Row = dict[str, Any]


def plan(
    drill: str,
    kind: str,
    name: str,
    *,
    component: str,
    target: Mapping[str, str],
    now: str,
    table: str,
    dynamodb: Any,
    detail: Mapping[str, Any] | None = None,
) -> Row:
    """Write a row before the thing itself is made or changed, and give the row that stands there.

    Again, it changes nothing and gives the row as it was first written: `detail`, which holds
    what was before, is never overwritten by a second delivery. `now` is ISO 8601 UTC.
    """
    row = {
        "drill": drill,
        "kind": kind,
        "name": name,
        "component": component,
        "target": {"region": target.get("region", ""), "role_arn": target.get("role_arn", "")},
        "detail": dict(detail or {}),
        "status": "planned",
        "planned_at": now,
        "gone_at": "",
        "proof": "",
    }
    with raising({}, table):
        try:
            dynamodb.put_item(
                TableName=table,
                Item=store.to_item(_stored(row)),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException as there:
            return _row(store.from_item(there.response["Item"]))
    return row


def strike_out(
    row: Mapping[str, Any], proof: str, *, now: str, table: str, dynamodb: Any, status: str = "gone"
) -> None:
    """Say that a thing is gone or undone, and how that was seen; `now` is ISO 8601 UTC.

    `status` is "kept" for what a person asked to keep.
    """
    with raising({}, table):
        dynamodb.update_item(
            TableName=table,
            Key=store.to_item(store.ledger(row["drill"], row["kind"], row["name"])),
            UpdateExpression="SET #status = :status, gone_at = :now, proof = :proof",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=store.to_item(
                {":status": status, ":now": now, ":proof": proof[:600]}
            ),
        )


def rows(drill: str, *, table: str, dynamodb: Any) -> list[Row]:
    """List all rows of a drill, as they are now."""
    with raising({}, table):
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=store.to_item({":pk": store.ledger(drill, "", "")["pk"]}),
            ConsistentRead=True,
        )
        return [_row(store.from_item(item)) for page in pages for item in page["Items"]]


def _stored(row: Row) -> dict[str, Any]:
    key = store.ledger(row["drill"], row["kind"], row["name"])
    texts = {name: json.dumps(row[name], sort_keys=True) for name in ("target", "detail")}
    return {**key, **row, **texts}


def _row(record: dict[str, Any]) -> Row:
    texts = {name: json.loads(record[name]) for name in ("target", "detail")}
    return {name: value for name, value in {**record, **texts}.items() if name not in ("pk", "sk")}
