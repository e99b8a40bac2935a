"""How old the newest good backup of each component is; pure rules over records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks import components
from tasks.backups import plans
from tasks.backups.records import GOOD, Row
from tasks.errors import BackupRefused

# What stands for all components of an environment that is to be backed up and has none.
NOTHING = "-"
SECONDS_AN_HOUR = 3600

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Age:
    """How old a component's newest good backup is, in hours; None where there is none."""

    system: str
    environment: str
    component: str
    hours: float | None
    limit: int

    @property
    def too_old(self) -> bool:
        """Whether it is older than the manifest allows; none at all is too old."""
        return self.hours is None or self.hours > self.limit

    @property
    def words(self) -> str:
        """Say it to people."""
        place = f"{self.system}/{self.environment} {self.component}"
        if self.hours is None:
            return f"{place}: there is no good backup"
        return f"{place}: {self.hours:.0f} h old, {self.limit} h is the limit"


def expected(manifest: Manifest, environment: Manifest) -> list[str]:
    """Name the components of an environment that the manifest's schedules back up."""
    backups, names = manifest["recovery"]["backups"], []
    for kind in components.BACKUPS:
        if backups[kind]:
            try:
                found = plans.chosen(manifest, environment, kind, [], account="")
            except BackupRefused:
                names.append(NOTHING)
            else:
                names += [entry["name"] for entry in found]
    return list(dict.fromkeys(names))


def of(manifest: Manifest, environment: Manifest, rows: Iterable[Row], now: str) -> list[Age]:
    """Give the age of each component that is to be backed up; `now` is ISO 8601 UTC."""
    newest: dict[str, str] = {}
    for row in rows:
        if row["status"] == GOOD:
            newest[row["component"]] = max(row["at"], newest.get(row["component"], ""))
    return [
        Age(
            system=manifest["name"],
            environment=environment["name"],
            component=name,
            hours=_hours(newest[name], now) if name in newest else None,
            limit=manifest["recovery"]["backups"]["oldest_hours"],
        )
        for name in expected(manifest, environment)
    ]


def _hours(since: str, now: str) -> float:
    passed = datetime.fromisoformat(now) - datetime.fromisoformat(since)
    return passed.total_seconds() / SECONDS_AN_HOUR
