"""How tables come and go, and what DescribeTable says of them beyond moto."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.dynamodb.history import History
from infra.local.patching import replace
from infra.local.weather import Weather

ACTIVE = "ACTIVE"
CREATING = "CREATING"
UPDATING = "UPDATING"
DELETING = "DELETING"
INACCESSIBLE = "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
# How many items stand for all others where the size of a table is told.
SAMPLE = 100


@dataclass
class Facts:
    """What moto does not keep of a table; `active_at` is None of one that never will be."""

    counted_at: datetime
    active_at: datetime | None
    becomes: str = ACTIVE
    gone_at: datetime | None = None
    updated_at: datetime | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    # When a new index has all items.
    indexed_at: dict[str, datetime] = field(default_factory=dict)
    items: int = 0
    bytes: int = 0
    table_class: str = "STANDARD"
    ttl_settled_at: datetime | None = None
    swept_at: datetime | None = None
    insights: bool = False
    history: History | None = None
    # By the last scan or query, before it filtered.
    bytes_read: int = 0
    # The replicas of a global table by Region, itself among them, and its own part in it.
    group: dict[str, Any] = field(default_factory=dict)
    replica: Any = None
    # What a restored table says of its restore.
    restored: dict[str, Any] = field(default_factory=dict)

    def status(self, now: datetime) -> str:
        """Tell the table's status at a moment."""
        if self.gone_at is not None:
            return DELETING
        if self.active_at is None or now < self.active_at:
            return CREATING
        return UPDATING if self.updated_at is not None and now < self.updated_at else self.becomes


def facts_of(table: Any) -> Facts:
    """Give what is kept of a table beside moto."""
    found: Facts = table.facts
    return found


class Tables:
    """The tables of an account on its clock."""

    def __init__(self, clock: Clock, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather

    def install(self, account: Account) -> None:
        """Let tables have statuses, stale counts and the account's time."""

        def make(table: Any, *args: Any, **kwargs: Any) -> None:
            plain_make(table, *args, **kwargs)
            now = self._clock.now()
            table.created_at = now
            table.facts = Facts(counted_at=now, active_at=now)

        def describe(table: Any, base_key: str = "TableDescription") -> dict[str, Any]:
            told: dict[str, Any] = plain_describe(table, base_key)
            self._add(table, told[base_key])
            return told

        def delete(backend: Any, name: str) -> Any:
            table = backend.get_table(name)
            seconds = float(self._weather["delete_seconds"])
            if seconds and not table.deletion_protection_enabled:
                facts_of(table).gone_at = self._clock.now() + timedelta(seconds=seconds)
                return table
            deleted: Any = plain_delete(backend, name)
            facts_of(deleted).gone_at = self._clock.now()
            backend.resource_policies.pop(deleted.table_arn, None)
            return deleted

        # moto's tables are ACTIVE from the beginning, on the wall's clock, gone at once, and
        # counted anew at each look.
        plain_make = replace(account, Table, "__init__", make)
        plain_describe = replace(account, Table, "describe", describe)
        plain_delete = replace(account, DynamoDBBackend, "delete_table", delete)

    def settle(self, backend: Any) -> None:
        """Let go of the tables whose deletion is over."""
        now = self._clock.now()
        for name, table in list(backend.tables.items()):
            gone_at = facts_of(table).gone_at
            if gone_at is not None and gone_at <= now:
                del backend.tables[name]
                backend.resource_policies.pop(table.table_arn, None)

    def status(self, table: Any) -> str:
        """Tell the status of a table now."""
        return facts_of(table).status(self._clock.now())

    def count(self, table: Any) -> None:
        """Count the items of a table now, as DynamoDB does every few hours."""
        facts, items = facts_of(table), table.items
        sizes = [item.size() for _, item in islice(items.scanned(), SAMPLE)]
        facts.items, facts.counted_at = items.count(), self._clock.now()
        facts.bytes = sum(sizes) * facts.items // len(sizes) if sizes else 0

    def _add(self, table: Any, told: dict[str, Any]) -> None:
        facts, status = facts_of(table), self.status(table)
        every = timedelta(seconds=float(self._weather["item_count_seconds"]))
        if self._clock.now() - facts.counted_at >= every:
            self.count(table)
        told.update(
            TableStatus=status,
            TableId=facts.id,
            ItemCount=facts.items,
            TableSizeBytes=facts.bytes,
            TableClassSummary={"TableClass": facts.table_class},
        )
        for index in told["GlobalSecondaryIndexes"]:
            filled = facts.indexed_at.get(index["IndexName"], self._clock.now())
            if filled > self._clock.now():
                index["Backfilling"] = True
            if status == CREATING or "Backfilling" in index:
                index["IndexStatus"] = CREATING
        for index in told["GlobalSecondaryIndexes"] + told["LocalSecondaryIndexes"]:
            index["IndexArn"] = f"{table.table_arn}/index/{index['IndexName']}"
        others = [region for region in facts.group if region != table.region_name]
        if others:
            told["GlobalTableVersion"] = "2019.11.21"
            told["Replicas"] = [
                {"RegionName": region, "ReplicaStatus": ACTIVE} for region in others
            ]
        if facts.restored:
            told["RestoreSummary"] = {**facts.restored, "RestoreInProgress": status == CREATING}
