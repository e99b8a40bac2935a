"""A name that fails over from one Region to another, and a table with a replica there."""

from typing import Any

import boto3
from drill_documents import component

NAME = "api.example.com"
PRIMARY, SECONDARY = "192.0.2.1", "198.51.100.1"
HERE, THERE = "us-east-1", "us-west-2"
ITEMS = "feedback-dev-items"
SENTINEL = {"id": {"S": "daytwo-sentinel"}}


def record_set(value: str, name: str = NAME, **record: object) -> dict[str, object]:
    """Describe a record set of one address."""
    values = [{"Value": value}]
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": values, **record}


def told_table(**changes: Any) -> dict[str, Any]:
    """Give the table component that a failover record names, with a sentinel."""
    return {
        "table": ITEMS,
        "sentinel": SENTINEL,
        "changed_attribute": "",
        "changed_format": "iso",
        "freshest_seconds": 0,
        **changes,
    }


def failover_record(zone: str, table: dict[str, Any]) -> dict[str, Any]:
    """Give the component of a drill; without a table for {}."""
    placed = {
        "hosted_zone": zone,
        "record": NAME,
        "record_type": "A",
        "secondary_region": THERE,
    }
    found: dict[str, Any] = component(
        "entry",
        type="failover_record",
        chain="region_failover",
        resource=NAME,
        copy="",
        target_config=placed,
        options={"table": table, "most_seconds": 600},
    )
    return found


def make_table(region: str) -> None:
    """Make the table in one Region."""
    boto3.client("dynamodb", region_name=region).create_table(
        TableName=ITEMS,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def write_sentinel(region: str, at: str) -> None:
    """Write the table's sentinel of a moment in one Region."""
    item: Any = {**SENTINEL, "daytwo_sentinel_at": {"S": at}}
    boto3.client("dynamodb", region_name=region).put_item(TableName=ITEMS, Item=item)
