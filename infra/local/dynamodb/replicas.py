"""Global tables: replicas in other Regions, which writes reach after a while.

Amazon DynamoDB Developer Guide, "Global tables": each replica takes writes, the last writer
wins, and settings such as recovery, tags and deletion protection are each replica's own.
"""

import itertools
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.dynamodb import errors
from infra.local.dynamodb.items import Key
from infra.local.dynamodb.restores import settings_of
from infra.local.dynamodb.tables import facts_of
from infra.local.dynamodb.weather import SLOW_REPLICA
from infra.local.patching import replace
from infra.local.weather import Weather

WANTED_STREAM = "NEW_AND_OLD_IMAGES"


@dataclass
class Write:
    """A write on its way to a replica."""

    due: datetime
    number: int
    key: Key
    item: Any


@dataclass
class Replica:
    """What has not reached a table yet, and what was written there since."""

    coming: deque[Write] = field(default_factory=deque)
    written: dict[Key, int] = field(default_factory=dict)
    applying: bool = False


class Replicas:
    """Adds and removes replicas, and brings them what is written elsewhere."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather
        # Writes in the order in which they are made, wherever that is.
        self._numbers = itertools.count(1)

    def install(self, account: Account) -> None:
        """Take ReplicaUpdates, which moto ignores."""

        def update(handler: Any) -> Any:
            answer = plain_update(handler)
            table = handler.dynamodb_backend.get_table(handler.body["TableName"])
            for change in handler.body.get("ReplicaUpdates", []):
                self._change(table, change)
            return DynamoResult(table.describe()) if "ReplicaUpdates" in handler.body else answer

        def delete(backend: Any, name: str) -> Any:
            table: Any = plain_delete(backend, name)
            if facts_of(table).group:
                self.leave(table)
            return table

        plain_update = replace(account, DynamoHandler, "update_table", update)
        plain_delete = replace(account, DynamoDBBackend, "delete_table", delete)

    def arrive(self, table: Any) -> None:
        """Apply the writes that have reached a table by now."""
        replica = facts_of(table).replica
        if replica is None or not replica.coming:
            return
        now, replica.applying = self._clock.now(), True
        while replica.coming and replica.coming[0].due <= now:
            write = replica.coming.popleft()
            if replica.written.get(write.key, 0) < write.number:
                replica.written[write.key] = write.number
                _apply(table, write)
        replica.applying = False
        if not replica.coming:
            replica.written.clear()

    def leave(self, table: Any) -> None:
        """Take a table out of its group, which is a group no more with one left."""
        group = facts_of(table).group
        group.pop(table.region_name, None)
        for each in (table, *group.values()) if len(group) < 2 else (table,):
            facts_of(each).group, facts_of(each).replica = {}, None
            each.items.watchers = [w for w in each.items.watchers if not _sends(w, self)]

    def _change(self, table: Any, change: dict[str, Any]) -> None:
        (kind, asked), *_ = change.items()
        region, group = asked["RegionName"], facts_of(table).group
        if kind == "Create":
            self._add(table, region)
        elif region not in group:
            raise errors.error("ReplicaNotFoundException", f"There is no replica in {region}")
        elif kind == "Delete":
            replica = group[region]
            self.leave(replica)
            del dynamodb_backends[table.account_id][region].tables[table.name]

    def _add(self, table: Any, region: str) -> None:
        there = dynamodb_backends[table.account_id][region].tables
        if table.name in there:
            raise errors.invalid(
                f"Failed to create a new replica of table with name: '{table.name}' because one "
                "or more replicas already existed as tables."
            )
        if table.stream_specification.get("StreamViewType") != WANTED_STREAM:
            raise errors.invalid(
                f"Table {table.name} has no stream of {WANTED_STREAM}, which replicas need"
            )
        kind: Any = Table
        stream = dict(table.stream_specification)
        settings = settings_of(table)
        replica = kind(table.name, table.account_id, region, streams=stream, **settings)
        replica.items, replica.ttl = table.items.copied(), dict(table.ttl)
        there[table.name] = replica
        group = facts_of(table).group or {table.region_name: table}
        group[region] = replica
        for each in group.values():
            if facts_of(each).replica is None:
                facts_of(each).group, facts_of(each).replica = group, Replica()
                each.items.watchers.append(partial(self._send, each))

    def _send(self, table: Any, key: Key, before: Any, after: Any) -> None:
        """Send a write to the other replicas, unless it came from one; Items calls it."""
        own = facts_of(table).replica
        if own is None or own.applying:
            return
        now, number = self._clock.now(), next(self._numbers)
        if own.coming:
            own.written[key] = number
        for region, other in facts_of(table).group.items():
            if other is not table:
                replica = facts_of(other).replica
                last = replica.coming[-1].due if replica.coming else now
                due = max(last, now + timedelta(seconds=self._lag(table.name, region)))
                replica.coming.append(Write(due, number, key, after))

    def _lag(self, name: str, region: str) -> float:
        lag = float(self._weather["replica_seconds"])
        if self._weather.fault(SLOW_REPLICA, id=name, zone=region):
            lag += float(self._weather["slow_replica_seconds"])
        return lag


def _apply(table: Any, write: Write) -> None:
    before = table.items.at(write.key)
    table.items.put(write.key, write.item)
    if table.stream_shard is not None and not (before is None and write.item is None):
        table.stream_shard.add(before, write.item)


def _sends(watcher: Any, replicas: Replicas) -> bool:
    return isinstance(watcher, partial) and watcher.func == replicas._send
