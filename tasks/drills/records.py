"""What the state table knows of drills: their records, who has a system's place, outcomes."""

from collections.abc import Iterator, Mapping
from typing import Any

from tasks import store
from tasks.drills import ledger
from tasks.runtime import raising

# What reading takes.
PERMISSIONS = {"dynamodb:GetItem": "${StateTable.Arn}", "dynamodb:Query": "${StateTable.Arn}"}

# A drill's status: its execution is at it; it is over and all is in order; a person must look.
RUNNING = "running"
CLOSED = "closed"
DIRTY = "dirty"

Record = dict[str, Any]


def read(key: store.Key, table: str, dynamodb: Any) -> Record:
    """Give an item as of now, or an empty one where there is none."""
    with raising({}, f"{key['pk']} {key['sk']}"):
        reply = dynamodb.get_item(TableName=table, Key=store.to_item(key), ConsistentRead=True)
    return store.from_item(reply.get("Item", {}))


def partition(pk: str, table: str, dynamodb: Any, **how: Any) -> Iterator[Record]:
    """Read all items of a partition as of now, in the order of their sort keys.

    `how` is what else the query is told, such as ScanIndexForward or Limit of a page.
    """
    with raising({}, pk):
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=store.to_item({":pk": pk}),
            **how,
        )
        for page in pages:
            for item in page["Items"]:
                yield store.from_item(item)


def outcomes(drill: str, table: str, dynamodb: Any) -> dict[str, Record]:
    """Give what was recorded of a drill's components, by their names."""
    pk = store.outcome(drill, "")["pk"]
    return {record["sk"]: record for record in partition(pk, table, dynamodb)}


def open_rows(drill: str, table: str, dynamodb: Any) -> list[Record]:
    """Give what a drill made or changed and nobody has removed, undone or kept."""
    return [
        row
        for row in ledger.rows(drill, table=table, dynamodb=dynamodb)
        if row["status"] == "planned"
    ]


def named(row: Mapping[str, Any]) -> str:
    """Name what a row of the ledger is about: "table drill-1f0c2a9b-items"."""
    return f"{row['kind'].replace('_', ' ')} {row['name']}"
