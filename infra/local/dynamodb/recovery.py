"""Point-in-time recovery: switched on and off, described, and gone back by."""

from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.dynamodb import errors
from infra.local.dynamodb.gate import answering, table_name
from infra.local.dynamodb.history import History, moment_of, whole_second
from infra.local.dynamodb.restores import Restores, Source, settings_of
from infra.local.dynamodb.tables import facts_of
from infra.local.dynamodb.weather import SETTING_LOST, STALE
from infra.local.patching import replace
from infra.local.weather import Weather

# Amazon DynamoDB API Reference, PointInTimeRecoverySpecification.
LONGEST_DAYS = 35


class Recovery:
    """Answers the calls that have to do with point-in-time recovery."""

    def __init__(self, clock: Clock, weather: Weather, restores: Restores) -> None:
        self._clock = clock
        self._weather = weather
        self._restores = restores

    def install(self, account: Account) -> None:
        """Answer these calls; moto keeps no history and restores what there is now."""
        for answer in (
            self.update_continuous_backups,
            self.describe_continuous_backups,
            self.restore_table_to_point_in_time,
        ):
            replace(account, DynamoHandler, answer.__name__, answering(answer))

    def update_continuous_backups(self, handler: Any) -> ActionResult:
        """Begin or end a table's history, or change its window."""
        table = _table(handler.dynamodb_backend, handler.body["TableName"])
        asked = handler.body["PointInTimeRecoverySpecification"]
        if not self._weather.fault(SETTING_LOST, type="pitr", id=table.name):
            days = asked.get("RecoveryPeriodInDays")
            if days is not None and not 1 <= days <= LONGEST_DAYS:
                raise errors.invalid(
                    f"RecoveryPeriodInDays is {days}; it must be between 1 and {LONGEST_DAYS}"
                )
            self.switch(table, asked["PointInTimeRecoveryEnabled"], days)
        return ActionResult({"ContinuousBackupsDescription": self.described(table)})

    def describe_continuous_backups(self, handler: Any) -> ActionResult:
        """Tell whether there is a history, and how far back it goes."""
        table = _table(handler.dynamodb_backend, handler.body["TableName"])
        return ActionResult({"ContinuousBackupsDescription": self.described(table)})

    def restore_table_to_point_in_time(self, handler: Any) -> ActionResult:
        """Make a table with the items of another at a second of its history."""
        asked, backend = handler.body, handler.dynamodb_backend
        named = asked.get("SourceTableArn") or asked.get("SourceTableName", "")
        region = named.split(":")[3] if named.startswith("arn:") else backend.region_name
        source = _table(dynamodb_backends[backend.account_id][region], named)
        history = facts_of(source).history
        if history is None:
            raise errors.error(
                "PointInTimeRecoveryUnavailableException",
                f"Point in time recovery is not enabled for table '{source.name}'",
            )
        at = self._moment(history, asked)
        self._restores.check(backend, asked["TargetTableName"])
        found = Source(
            name=source.name,
            settings=settings_of(source),
            table_class=facts_of(source).table_class,
            items=history.as_of(source.items, self._stale(asked, source.name, history, at)),
            at=at,
            arns={"SourceTableArn": source.table_arn},
        )
        table = self._restores.make(backend, asked["TargetTableName"], found, asked)
        return DynamoResult(table.describe())

    def switch(self, table: Any, on: bool, days: int | None = None) -> None:
        """Switch a table's recovery on or off; what it was before is forgotten with off."""
        facts = facts_of(table)
        if not on:
            if facts.history:
                table.items.watchers.remove(facts.history.note)
            facts.history = None
        elif facts.history is None:
            facts.history = History(self._clock, days or LONGEST_DAYS)
            table.items.watchers.append(facts.history.note)
        elif days:
            facts.history.days = days
        table.continuous_backups = self.described(table)

    def described(self, table: Any) -> dict[str, Any]:
        """Give the description of a table's continuous backups."""
        history = facts_of(table).history
        recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
        if history is not None:
            recovery = {
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": history.days,
                "EarliestRestorableDateTime": history.earliest,
                "LatestRestorableDateTime": self._latest(history),
            }
        return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}

    def _latest(self, history: History) -> datetime:
        return history.latest(float(self._weather["latest_seconds"]))

    def _moment(self, history: History, asked: dict[str, Any]) -> datetime:
        latest, at = self._latest(history), asked.get("RestoreDateTime")
        if asked.get("UseLatestRestorableTime"):
            if at is not None:
                raise errors.invalid(
                    "UseLatestRestorableTime and RestoreDateTime cannot both be given"
                )
            return latest
        if at is None:
            raise errors.invalid("RestoreDateTime or UseLatestRestorableTime must be given")
        at = whole_second(moment_of(at))
        if not history.earliest <= at <= latest:
            raise errors.error(
                "InvalidRestoreTimeException",
                f"RestoreDateTime {at.isoformat()} is not between {history.earliest.isoformat()} "
                f"and {latest.isoformat()}",
            )
        return at

    def _stale(
        self, asked: dict[str, Any], source: str, history: History, at: datetime
    ) -> datetime:
        if not self._weather.fault(STALE, id=(asked["TargetTableName"], source)):
            return at
        earlier = at - timedelta(seconds=float(self._weather["stale_seconds"]))
        return max(earlier, history.earliest - timedelta(seconds=1))


def _table(backend: Any, name: str) -> Any:
    table = backend.tables.get(table_name(name))
    if table is None or name not in (table.name, table.table_arn):
        raise errors.table_not_found(name)
    return table
