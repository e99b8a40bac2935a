"""Reads of the state table, as plain values."""

from typing import Any

from tasks import store


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

    def partition(self, pk: str) -> list[dict[str, Any]]:
        """Read every record of a partition, in order of the sort key."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=store.to_item({":pk": pk}),
            ConsistentRead=True,
        )
        return [store.from_item(item) for page in pages for item in page["Items"]]
