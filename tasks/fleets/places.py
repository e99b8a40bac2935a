"""Places kept for stopped instances, which no load balancer registers, until they run again.

Elastic Load Balancing API Reference, "RegisterTargets": an instance must be running when it
is registered. An Auto Scaling group would replace a stopped member that leaves standby.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tasks import store, transactions
from tasks.errors import TaskError
from tasks.fleets.service import Place
from tasks.runtime import iso, raising

ERRORS: dict[str, type[TaskError]] = {}
# What reading takes.
READING = {"dynamodb:Query": "${StateTable.Arn}"}


def keep(places: Mapping[str, Place], operation: str, table: str, dynamodb: Any) -> None:
    """Write down where instances served, for whoever starts them; at most 99."""
    now = iso()
    _write(
        [
            {
                "Put": {
                    "TableName": table,
                    "Item": store.to_item(
                        {
                            **store.place(one),
                            "instance_id": one,
                            "target_groups": [f"{port} {arn}" for arn, port in place.target_groups],
                            "auto_scaling_group": place.group,
                            "operation": operation,
                            "kept_at": now,
                        }
                    ),
                }
            }
            for one, place in places.items()
        ],
        dynamodb,
    )


def forget(ids: Iterable[str], table: str, dynamodb: Any) -> None:
    """Forget the places of instances that have them again; at most 99."""
    _write(
        [{"Delete": {"TableName": table, "Key": store.to_item(store.place(one))}} for one in ids],
        dynamodb,
    )


def kept(table: str, dynamodb: Any) -> dict[str, Place]:
    """Read all places that are kept, by instance id, with one query a megabyte."""
    found: dict[str, Place] = {}
    partition = store.to_item({":pk": store.place("")["pk"]})
    with raising(ERRORS, table):
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=partition,
            ConsistentRead=True,
        )
        for page in pages:
            for item in map(store.from_item, page["Items"]):
                found[item["instance_id"]] = _place(item)
    return found


def served_in(ids: Collection[str], table: str, dynamodb: Any) -> dict[str, list[dict[str, Any]]]:
    """Give the target groups in which stopped instances were before, by instance id."""
    return {
        one: [{"arn": arn, "port": port} for arn, port in place.target_groups]
        for one, place in kept(table, dynamodb).items()
        if one in ids and place.target_groups
    }


def _place(item: dict[str, Any]) -> Place:
    pairs = [one.split(" ", 1) for one in item["target_groups"]]
    return Place(tuple((arn, int(port)) for port, arn in pairs), item["auto_scaling_group"])


def _write(actions: list[dict[str, Any]], dynamodb: Any) -> None:
    if actions:
        transactions.write(actions, dynamodb, "places kept for stopped instances")
