"""On-demand backups: a table's items and settings as they were when one was made."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.dynamodb import errors
from infra.local.dynamodb.gate import answering, table_name
from infra.local.dynamodb.history import moment_of
from infra.local.dynamodb.items import Items
from infra.local.dynamodb.restores import Restores, Source, settings_of
from infra.local.dynamodb.tables import facts_of
from infra.local.patching import replace
from infra.local.weather import Weather

USER, SYSTEM = "USER", "SYSTEM"
# Amazon DynamoDB Developer Guide, "Point-in-time backups": what a deleted table leaves.
SYSTEM_KEPT = timedelta(days=35)
MOST_LISTED = 100


@dataclass
class Backup:
    """One backup; of a system backup `expires` is set."""

    arn: str
    name: str
    type: str
    created: datetime
    available_at: datetime
    expires: datetime | None
    table: dict[str, Any]
    ttl: dict[str, Any]
    settings: dict[str, Any]
    table_class: str
    items: Items

    def details(self, now: datetime) -> dict[str, Any]:
        """Give what is told of the backup itself."""
        told = {
            "BackupArn": self.arn,
            "BackupName": self.name,
            "BackupSizeBytes": self.table["TableSizeBytes"],
            "BackupStatus": "AVAILABLE" if now >= self.available_at else "CREATING",
            "BackupType": self.type,
            "BackupCreationDateTime": self.created,
        }
        return {**told, "BackupExpiryDateTime": self.expires} if self.expires else told

    def summary(self, now: datetime) -> dict[str, Any]:
        """Give what a list of backups says."""
        names = ("TableName", "TableArn", "TableId")
        return {**self.details(now), **{name: self.table[name] for name in names}}

    def description(self, now: datetime) -> dict[str, Any]:
        """Give what DescribeBackup says."""
        table = self.table
        names = ("TableName", "TableId", "TableArn", "TableSizeBytes", "KeySchema", "ItemCount")
        features = {
            name: table[name]
            for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes", "SSEDescription")
            if table.get(name)
        }
        if "StreamSpecification" in table:
            features["StreamDescription"] = table["StreamSpecification"]
        return {
            "BackupDetails": self.details(now),
            "SourceTableDetails": {
                **{name: table[name] for name in names},
                "TableCreationDateTime": table["CreationDateTime"],
                "ProvisionedThroughput": table["ProvisionedThroughput"],
                "BillingMode": table["BillingModeSummary"]["BillingMode"],
            },
            "SourceTableFeatureDetails": {**features, "TimeToLiveDescription": self.ttl},
        }


class Backups:
    """Answers the calls that have to do with on-demand backups."""

    def __init__(self, clock: Clock, weather: Weather, restores: Restores) -> None:
        self._clock = clock
        self._weather = weather
        self._restores = restores

    def install(self, account: Account) -> None:
        """Answer these calls; moto's backups copy everything and lose what is in use."""

        def delete(backend: Any, name: str) -> Any:
            table = backend.get_table(name)
            deleted = plain_delete(backend, name)
            if facts_of(table).history is not None:
                left = self._take(table, f"{table.name}$DeletedTableBackup", SYSTEM)
                backend.backups[left.arn] = left
            return deleted

        plain_delete = replace(account, DynamoDBBackend, "delete_table", delete)
        for answer in (
            self.create_backup,
            self.describe_backup,
            self.list_backups,
            self.delete_backup,
            self.restore_table_from_backup,
        ):
            replace(account, DynamoHandler, answer.__name__, answering(answer))

    def create_backup(self, handler: Any) -> ActionResult:
        """Back up a table as it is now."""
        backend, name = handler.dynamodb_backend, handler.body["TableName"]
        table = backend.tables.get(table_name(name))
        if table is None:
            raise errors.table_not_found(name)
        backup = self._take(table, handler.body["BackupName"], USER)
        backend.backups[backup.arn] = backup
        return DynamoResult({"BackupDetails": backup.details(self._clock.now())})

    def describe_backup(self, handler: Any) -> ActionResult:
        """Describe a backup."""
        backup = self._backup(handler.dynamodb_backend, handler.body["BackupArn"])
        return DynamoResult({"BackupDescription": backup.description(self._clock.now())})

    def delete_backup(self, handler: Any) -> ActionResult:
        """Delete a backup."""
        backend = handler.dynamodb_backend
        backup = self._ready(backend, handler.body["BackupArn"])
        described = backup.description(self._clock.now())
        described["BackupDetails"]["BackupStatus"] = "DELETED"
        del backend.backups[backup.arn]
        return DynamoResult({"BackupDescription": described})

    def list_backups(self, handler: Any) -> ActionResult:
        """List backups, oldest first, by table, type and time."""
        asked = handler.body
        found = list(self._listed(handler.dynamodb_backend, asked))
        after = asked.get("ExclusiveStartBackupArn")
        if after:
            arns = [backup.arn for backup in found]
            found = found[arns.index(after) + 1 :] if after in arns else []
        most = asked.get("Limit", MOST_LISTED)
        told: dict[str, Any] = {
            "BackupSummaries": [each.summary(self._clock.now()) for each in found[:most]]
        }
        if len(found) > most:
            told["LastEvaluatedBackupArn"] = found[most - 1].arn
        return DynamoResult(told)

    def restore_table_from_backup(self, handler: Any) -> ActionResult:
        """Make a table from a backup, which may be one of another Region."""
        asked, backend = handler.body, handler.dynamodb_backend
        region = asked["BackupArn"].split(":")[3]
        backup = self._ready(dynamodb_backends[backend.account_id][region], asked["BackupArn"])
        self._restores.check(backend, asked["TargetTableName"])
        source = Source(
            name=backup.table["TableName"],
            settings=backup.settings,
            table_class=backup.table_class,
            items=backup.items.copied(),
            at=backup.created,
            arns={"SourceBackupArn": backup.arn, "SourceTableArn": backup.table["TableArn"]},
        )
        table = self._restores.make(backend, asked["TargetTableName"], source, asked)
        return DynamoResult(table.describe())

    def _take(self, table: Any, name: str, type_: str) -> Backup:
        now = self._clock.now()
        identifier = f"{int(now.timestamp() * 1000):014}-{uuid.uuid4().hex[:8]}"
        seconds = float(self._weather["backup_seconds"]) if type_ == USER else 0.0
        return Backup(
            arn=f"{table.table_arn}/backup/{identifier}",
            name=name,
            type=type_,
            created=now,
            available_at=now + timedelta(seconds=seconds),
            expires=now + SYSTEM_KEPT if type_ == SYSTEM else None,
            table=table.describe()["TableDescription"],
            ttl=dict(table.ttl),
            settings=settings_of(table),
            table_class=facts_of(table).table_class,
            items=table.items.copied(),
        )

    def _backup(self, backend: Any, arn: str) -> Backup:
        found: Backup | None = backend.backups.get(arn)
        if found is None or (found.expires and found.expires <= self._clock.now()):
            raise errors.error("BackupNotFoundException", f"Backup not found: {arn}")
        return found

    def _ready(self, backend: Any, arn: str) -> Backup:
        backup = self._backup(backend, arn)
        if self._clock.now() < backup.available_at:
            raise errors.error("BackupInUseException", f"Backup is being created: {arn}")
        return backup

    def _listed(self, backend: Any, asked: dict[str, Any]) -> Iterator[Backup]:
        wanted, now = asked.get("BackupType", USER), self._clock.now()
        named = table_name(asked.get("TableName") or "")
        since, until = (asked.get(f"TimeRange{bound}Bound") for bound in ("Lower", "Upper"))
        for backup in backend.backups.values():
            if (
                named in ("", backup.table["TableName"])
                and wanted in ("ALL", backup.type)
                and not (backup.expires and backup.expires <= now)
                and (since is None or moment_of(since) <= backup.created)
                and (until is None or backup.created < moment_of(until))
            ):
                yield backup
