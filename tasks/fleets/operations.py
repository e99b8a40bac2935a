"""EC2 operations in the state table: their records, claims and finished batches."""

from collections.abc import Iterator
from typing import Any

from tasks import store
from tasks.errors import TaskError
from tasks.runtime import raising

# What reading takes.
PERMISSIONS = {"dynamodb:Query": "${StateTable.Arn}"}
ERRORS: dict[str, type[TaskError]] = {}

Record = dict[str, Any]

# An operation's status while its instances are acted on; the others are how it ended.
ACTING = "acting"
# Whoever is told in an execution's document to stay claimed; where there may be more of them
# than so many, the claim stays whole.
MOST_KEPT = 1000


def partition(pk: str, table: str, dynamodb: Any, fields: tuple[str, ...] = ()) -> Iterator[Record]:
    """Read all items of a partition as of now, in the order of their sort keys.

    `fields` are the only ones read, all by default.
    """
    call: dict[str, Any] = {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": store.to_item({":pk": pk}),
    }
    if fields:
        names = {f"#{number}": field for number, field in enumerate(fields)}
        call |= {
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
        }
    with raising(ERRORS, pk):
        for page in dynamodb.get_paginator("query").paginate(**call):
            for item in page["Items"]:
                yield store.from_item(item)


def isolated(table: str, dynamodb: Any) -> set[str]:
    """Give the ids of all instances in quarantine."""
    pk = store.isolation("")["pk"]
    return {item["sk"] for item in partition(pk, table, dynamodb, ("sk",))}


def narrow_claim(operation: str, keep: list[str], table: str) -> dict[str, Any]:
    """Give the transaction's action that leaves a claim only some of its instances, or nothing.

    Refused, where some are to be kept, if the claim is gone.
    """
    key = {"TableName": table, "Key": store.to_item(store.instance_claim(operation))}
    if not keep:
        return {"Delete": key}
    return {
        "Update": {
            **key,
            "UpdateExpression": "SET instances = :keep",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": store.to_item({":keep": keep}),
        }
    }


def record(operation: str, table: str, dynamodb: Any) -> Record:
    """Give an operation's record as of now, or an empty one where it never claimed anything."""
    with raising(ERRORS, f"operation {operation}"):
        reply = dynamodb.get_item(
            TableName=table, Key=store.to_item(store.operation(operation)), ConsistentRead=True
        )
    return store.from_item(reply.get("Item", {}))
