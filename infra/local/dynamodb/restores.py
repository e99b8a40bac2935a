"""Tables made from others: what a restore keeps, what it changes, and what it loses.

Amazon DynamoDB Developer Guide, "Restoring a table": indexes, capacity and encryption come
back; scaling, policies, alarms, tags, streams, TTL, deletion protection and recovery do not.
"""

import copy
import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from infra.local.clock import Clock
from infra.local.dynamodb import errors
from infra.local.dynamodb.items import Items, Key
from infra.local.dynamodb.tables import CREATING, DELETING, INACCESSIBLE, Tables, facts_of
from infra.local.dynamodb.weather import (
    CORRUPTED,
    NEVER_RESTORED,
    RESTORE_FAILED,
    SETTING_LOST,
    TRUNCATED,
)
from infra.local.weather import Weather

# Amazon DynamoDB Developer Guide, "Quotas": restores at once in an account.
MOST_AT_ONCE = 50
OVERRIDES = {
    "BillingModeOverride": "billing_mode",
    "ProvisionedThroughputOverride": "throughput",
    "SSESpecificationOverride": "sse_specification",
    "GlobalSecondaryIndexOverride": "global_indexes",
    "LocalSecondaryIndexOverride": "indexes",
}


@dataclass
class Source:
    """What a table is restored from: its settings, its items, and the moment they are as of."""

    name: str
    settings: dict[str, Any]
    table_class: str
    items: Items
    at: datetime
    # SourceTableArn and, where there is one, SourceBackupArn
    arns: dict[str, str]


def settings_of(table: Any) -> dict[str, Any]:
    """Give those settings of a table that a restore keeps, as moto makes a table with them."""
    on_demand = table.billing_mode == "PAY_PER_REQUEST"
    return copy.deepcopy(
        {
            "schema": table.schema,
            "attr": table.attr,
            "billing_mode": table.billing_mode,
            "throughput": None if on_demand else _capacity(table.throughput),
            "indexes": [each.describe() for each in table.indexes],
            "global_indexes": [_index(each.describe(), on_demand) for each in table.global_indexes],
            "sse_specification": table.sse_specification,
        }
    )


class Restores:
    """Makes restored tables, in the account's time and weather."""

    def __init__(self, clock: Clock, weather: Weather, tables: Tables) -> None:
        self._clock = clock
        self._weather = weather
        self._tables = tables

    def check(self, backend: Any, name: str) -> None:
        """Raise what DynamoDB answers where a table of this name cannot be restored now."""
        there = backend.tables.get(name)
        if there is not None and self._tables.status(there) in (CREATING, DELETING):
            raise errors.error("TableInUseException", f"Table is being created or deleted: {name}")
        if there is not None:
            raise errors.error("TableAlreadyExistsException", f"Table already exists: {name}")
        restored = [each for each in backend.tables.values() if facts_of(each).restored]
        if sum(self._tables.status(each) == CREATING for each in restored) >= MOST_AT_ONCE:
            raise errors.error(
                "LimitExceededException",
                f"Subscriber limit exceeded: There is a limit of {MOST_AT_ONCE} concurrent "
                "table restores per subscriber",
            )

    def make(self, backend: Any, name: str, source: Source, asked: dict[str, Any]) -> Any:
        """Make a table from a source; the weather says what it loses and whether it comes."""
        facts = {"id": (name, source.name)}
        settings = _overridden(source.settings, asked)
        if self._weather.fault(SETTING_LOST, type="index", **facts):
            settings["global_indexes"] = settings["global_indexes"][1:]
        keys = [*settings["schema"]]
        for index in settings["global_indexes"] + settings["indexes"]:
            keys += index["KeySchema"]
        used = {key["AttributeName"] for key in keys}
        settings["attr"] = [each for each in settings["attr"] if each["AttributeName"] in used]
        kind: Any = Table
        table = kind(name, backend.account_id, backend.region_name, **settings)
        if self._weather.fault(TRUNCATED, **facts):
            for key, _ in list(_chosen(source.items, name, int(self._weather["truncated_items"]))):
                source.items.put(key, None)
        if self._weather.fault(CORRUPTED, **facts):
            number = int(self._weather["corrupted_items"])
            for key, item in list(_chosen(source.items, name, number)):
                source.items.put(key, corrupted(item, table.attribute_keys))
        table.items = source.items
        self._begin(table, source, facts)
        backend.tables[name] = table
        return table

    def _begin(self, table: Any, source: Source, named: dict[str, Any]) -> None:
        facts, seconds = facts_of(table), float(self._weather["restore_seconds"])
        facts.active_at = self._clock.now() + timedelta(seconds=seconds)
        if self._weather.fault(NEVER_RESTORED, **named):
            facts.active_at = None
        if self._weather.fault(RESTORE_FAILED, **named):
            facts.becomes = INACCESSIBLE
        facts.table_class = source.table_class
        facts.restored = {**source.arns, "RestoreDateTime": source.at}
        self._tables.count(table)


def corrupted(item: Any, keys: list[str]) -> Any:
    """Give an item with one attribute changed a little; it is no key of the table or an index."""
    changed = copy.deepcopy(item)
    names = sorted(set(changed.attrs) - set(keys))
    name = names[0] if names else "corrupted"
    changed.attrs[name] = DynamoType(_other(changed.attrs.get(name)))
    return changed


def _other(value: Any) -> dict[str, Any]:
    if value is None or value.type not in ("S", "N", "BOOL"):
        return {"S": "corrupted"}
    if value.type == "N":
        return {"N": str(Decimal(value.value) + 1)}
    return {"BOOL": not value.value} if value.type == "BOOL" else {"S": f"{value.value}~"}


def _chosen(items: Items, salt: str, number: int) -> Iterator[tuple[Key, Any]]:
    """Choose items anywhere in a table, the same ones each time for the same name."""

    def lot(found: tuple[Key, Any]) -> bytes:
        key = "/".join(str(part.value) for part in found[0] if part is not None)
        return hashlib.md5(f"{salt}/{key}".encode(), usedforsecurity=False).digest()

    yield from heapq.nsmallest(number, items.scanned(), key=lot)


def _overridden(settings: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Give the settings with what the request asks for instead."""
    new = copy.deepcopy(settings)
    for parameter, name in OVERRIDES.items():
        if parameter not in asked:
            continue
        there = {index["IndexName"]: index for index in new[name]} if "indexes" in name else {}
        for index in asked[parameter] if "indexes" in name else ():
            known = there.get(index["IndexName"])
            if known is None or known["KeySchema"] != index["KeySchema"]:
                raise errors.invalid(
                    "One or more parameter values were invalid: the index "
                    f"{index['IndexName']} does not match one of the source table"
                )
        new[name] = copy.deepcopy(asked[parameter])
    if asked.get("BillingModeOverride") == "PAY_PER_REQUEST":
        new["throughput"] = None
        new["global_indexes"] = [_index(each, on_demand=True) for each in new["global_indexes"]]
    return new


def _capacity(throughput: dict[str, Any]) -> dict[str, Any]:
    return {name: throughput[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _index(index: dict[str, Any], on_demand: bool) -> dict[str, Any]:
    kept = {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
    if not on_demand and "ProvisionedThroughput" in index:
        kept["ProvisionedThroughput"] = _capacity(index["ProvisionedThroughput"])
    return kept
