"""What is known of each backup of a component: a row of the state table for each."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tasks import store
from tasks.runtime import raising

READS = {"dynamodb:Query": "${StateTable.Arn}"}
WRITES = {"dynamodb:PutItem": "${StateTable.Arn}"}
REMOVES = {"dynamodb:DeleteItem": "${StateTable.Arn}"}

# Begun is what is under way, or was cut off.
BEGUN, GOOD, FAILED = "begun", "good", "failed"
# Kept as JSON: the state table takes plain values only.
NESTED = ("points", "copies", "target")

Row = dict[str, Any]


def key(row: Mapping[str, Any]) -> store.Key:
    """Give a row's key; the rows of a component sort by the backup's beginning."""
    return store.backup(row["system"], row["environment"], f"{row['component']}#{row['backup']}")


def write(row: Row, table: str, dynamodb: Any) -> None:
    """Write a row; a second delivery writes the same one."""
    texts = {name: json.dumps(row[name], sort_keys=True) for name in NESTED}
    with raising({}, table):
        dynamodb.put_item(TableName=table, Item=store.to_item({**key(row), **row, **texts}))


def forget(row: Row, table: str, dynamodb: Any) -> None:
    """Remove a row, once what it stands for is gone."""
    with raising({}, table):
        dynamodb.delete_item(TableName=table, Key=store.to_item(key(row)))


def read(
    system: str, environment: str, *, table: str, dynamodb: Any, component: str = ""
) -> list[Row]:
    """List the rows of an environment, or of one component of it, by component, oldest first."""
    values = {":pk": store.backup(system, environment, "")["pk"]}
    condition = "pk = :pk"
    if component:
        condition += " AND begins_with(sk, :component)"
        values[":component"] = f"{component}#"
    with raising({}, table):
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=store.to_item(values),
            ConsistentRead=True,
        )
        return [_row(store.from_item(item)) for page in pages for item in page["Items"]]


def by_component(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Sort rows by their component, the newest of each first."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["component"]].append(row)
    return {name: sorted(few, key=_age, reverse=True) for name, few in found.items()}


def _age(row: Row) -> str:
    return str(row["backup"])


def _row(record: dict[str, Any]) -> Row:
    texts = {name: json.loads(record[name]) for name in NESTED}
    return {name: value for name, value in {**record, **texts}.items() if name not in ("pk", "sk")}
