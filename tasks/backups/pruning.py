"""Which backups have served their time; pure rules over records."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tasks.backups.records import GOOD, Row, by_component


def due(rows: Iterable[Row], retention_days: int, keep_at_least: int, now: str) -> list[Row]:
    """List the records whose backups are pruned, the oldest first; `now` is ISO 8601 UTC.

    A backup goes when it is older than `retention_days` and at least `keep_at_least` newer good
    ones of its component are kept. Where the last attempt failed nothing of the component goes.
    """
    found: list[Row] = []
    for few in by_component(rows).values():
        found += _due(few, retention_days, keep_at_least, now)
    return sorted(found, key=lambda row: (row["backup"], row["component"]))


def kept(rows: Iterable[Row], row: Row, keep_at_least: int) -> list[Row]:
    """Give the newest good backups of a record's component, for whose sake it may go."""
    few = by_component(rows)[row["component"]]
    return [one for one in few if one["status"] == GOOD][:keep_at_least]


def _due(few: list[Row], retention_days: int, keep_at_least: int, now: str) -> list[Row]:
    if few[0]["status"] != GOOD:
        return []
    limit = datetime.fromisoformat(now) - timedelta(days=retention_days)
    newer, found = 0, []
    for row in few:
        if newer >= keep_at_least and _moment(row) < limit:
            found.append(row)
        newer += row["status"] == GOOD
    return found


def _moment(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"])
