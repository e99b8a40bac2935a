"""The manifests that are registered, read from the state table and checked."""

import json
from collections.abc import Callable
from typing import Any

from schemas.validation import InvalidDocument, check
from tasks import store
from tasks.errors import InvalidManifest, UnknownEnvironment, UnknownSystem
from tasks.runtime import raising

PERMISSIONS = {"dynamodb:GetItem": "${StateTable.Arn}"}

Record = dict[str, Any]
Reader = Callable[[store.Key], Record]


def record(key: store.Key, table: str, dynamodb: Any) -> Record:
    """Give an item of the state table as of now, or an empty one where there is none."""
    with raising({}, f"{key['pk']} {key['sk']}"):
        reply = dynamodb.get_item(TableName=table, Key=store.to_item(key), ConsistentRead=True)
    return store.from_item(reply.get("Item", {}))


def registered(table: str, dynamodb: Any) -> list[Record]:
    """List the items of all registered systems: `sk` is the name, `manifest` the text."""
    with raising({}, table):
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=store.to_item({":pk": store.system("")["pk"]}),
            ConsistentRead=True,
        )
        return [store.from_item(item) for page in pages for item in page["Items"]]


def system_named(name: str, reader: Reader) -> Record:
    """Give the registered manifest of a system."""
    found = reader(store.system(name))
    if not found:
        raise UnknownSystem(
            f"No system {name} is registered. `daytwo systems list` has those that are; "
            "`daytwo systems put FILE` registers one."
        )
    return parsed(found["manifest"], "system", f"manifest of system {name}")


def placed(system: Record, name: str) -> tuple[Record, str]:
    """Give the environment, and the name of the one before it or nothing for the first."""
    names = [environment["name"] for environment in system["environments"]]
    if name not in names:
        raise UnknownEnvironment(
            f"{system['name']} has no environment {name}; in order of promotion it has "
            f"{', '.join(names)}."
        )
    at = names.index(name)
    return system["environments"][at], names[at - 1] if at else ""


def parsed(text: str | bytes, schema: str, what: str) -> Record:
    """Parse a manifest and fill in its schema's defaults; raises InvalidManifest."""
    try:
        return check(json.loads(text), schema)
    except InvalidDocument as invalid:
        raise InvalidManifest(f"The {what} is wrong. {invalid}") from None
    except ValueError as error:
        raise InvalidManifest(f"The {what} is no JSON: {error}") from None
