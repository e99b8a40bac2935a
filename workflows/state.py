"""Reads of the state table, as plain values."""

from collections.abc import Iterable, Sequence
from typing import Any

from tasks import store

MOST_KEYS = 100  # Amazon DynamoDB API Reference, "BatchGetItem"


class StateTable:
    """daytwo's state table by its name; `dynamodb` is a boto3 or botocore client."""

    def __init__(self, name: str, dynamodb: Any) -> None:
        self.name = name
        self.dynamodb = dynamodb

    def get(self, key: store.Key) -> dict[str, Any] | None:
        """Read one record with a consistent read; None if there is none."""
        reply = self.dynamodb.get_item(
            TableName=self.name, Key=store.to_item(key), ConsistentRead=True
        )
        return store.from_item(reply["Item"]) if "Item" in reply else None

    def several(self, keys: Iterable[store.Key]) -> list[dict[str, Any]]:
        """Read the records that there are under some keys, in no order."""
        return read_several(self.name, keys, self.dynamodb)

    def partition(
        self, pk: str, after: str = "", fields: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Read every record of a partition, in order of the sort key.

        Only those behind the sort key `after`, and only some of their fields, where given.
        """
        call: dict[str, Any] = {"KeyConditionExpression": "pk = :pk", "ConsistentRead": True}
        values = {":pk": pk}
        if after:
            call["KeyConditionExpression"] += " AND sk > :after"
            values[":after"] = after
        if fields:
            names = {f"#{number}": field for number, field in enumerate(fields)}
            call["ProjectionExpression"] = ", ".join(names)
            call["ExpressionAttributeNames"] = names
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.name, ExpressionAttributeValues=store.to_item(values), **call
        )
        return [store.from_item(item) for page in pages for item in page["Items"]]


def read_several(table: str, keys: Iterable[store.Key], dynamodb: Any) -> list[dict[str, Any]]:
    """Read the items that there are under some keys of a table, in no order.

    What DynamoDB leaves over is asked for again.
    """
    wanted, found = [store.to_item(key) for key in keys], []
    while wanted:
        asked = {table: {"Keys": wanted[:MOST_KEYS], "ConsistentRead": True}}
        reply = dynamodb.batch_get_item(RequestItems=asked)
        found += [store.from_item(item) for item in reply["Responses"].get(table, [])]
        left = reply.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        wanted = [*left, *wanted[MOST_KEYS:]]
    return found
