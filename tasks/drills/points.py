"""Choosing what to restore from: the latest point, one at random, a moment or a backup."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tasks.drills.clocks import instant
from tasks.runtime import iso

LATEST = "latest"
RANDOM = "random"
NONE = {"kind": "none", "id": "", "at": "", "manifest_key": ""}

Point = dict[str, str]
Backup = Mapping[str, Any]


class NoPoint(Exception):
    """There is nothing to restore from as it was asked; says why, and what to do."""


class Source(NamedTuple):
    """What a component can be restored from.

    `log` is the kind of point in its own log ("pitr", "versions") with the window that it
    covers, both moments empty where it has none. `saved` is the kind of its backups, the
    newest first, each with `backup`, `at`, `points` and `manifest_key`.
    """

    log: str = ""
    earliest: str = ""
    latest: str = ""
    saved: str = "backup"
    backups: Sequence[Backup] = ()
    fixed: Point | None = None
    without: str = "It has no log to restore from"
    key: str = ""
    size_bytes: int = 0


def choose(asked: str, source: Source, not_after: str, seed: str) -> Point:
    """Give the point; raises NoPoint.

    `not_after` caps what may be restored, such as the beginning of a breach, empty for no
    cap. `seed` decides what random means, so that the same drill chooses the same again.
    """
    if source.fixed:
        return dict(source.fixed)
    moment = _moment(asked)
    if asked not in (LATEST, RANDOM) and moment is None:
        return _named(asked, source, not_after)
    if source.log and source.latest:
        return _of_log(asked, moment, source, not_after, seed)
    return _of_backups(asked, moment, source, not_after, seed)


def is_latest(asked: str) -> bool:
    """Tell whether the drill stands for a failure now, and not for one at the chosen point."""
    return asked == LATEST


def within(earliest: datetime, latest: datetime, seed: str) -> datetime:
    """Choose a whole second of a window by a seed."""
    seconds = int((latest - earliest).total_seconds())
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    return earliest + timedelta(seconds=number % (seconds + 1))


def _of_log(
    asked: str, moment: datetime | None, source: Source, not_after: str, seed: str
) -> Point:
    earliest, latest = _up(instant(source.earliest)), _down(instant(source.latest))
    newest = min(latest, _down(instant(not_after))) if not_after else latest
    if newest < earliest:
        raise NoPoint(
            f"Its log begins at {iso(earliest)}, after the latest moment that may be restored, "
            f"{iso(newest)}"
        )
    if asked == RANDOM:
        moment = within(earliest, newest, seed)
    elif moment is None:
        moment = newest
    elif not earliest <= moment <= newest:
        raise NoPoint(
            f"Its log has {iso(earliest)} to {iso(newest)}, and {asked} is outside: choose a "
            "moment within"
        )
    return {"kind": source.log, "id": "", "at": iso(moment), "manifest_key": ""}


def _of_backups(
    asked: str, moment: datetime | None, source: Source, not_after: str, seed: str
) -> Point:
    caps = [cap for cap in (moment, instant(not_after) if not_after else None) if cap]
    fitting = [
        backup
        for backup in source.backups
        if backup["at"] and all(instant(backup["at"]) <= cap for cap in caps)
    ]
    if not fitting:
        before = f" from before {iso(min(caps))}" if caps else ""
        raise NoPoint(
            f"{source.without}, and there is no good backup{before}. Back it up with: daytwo backup"
        )
    if asked == RANDOM:
        number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
        return _saved(fitting[number % len(fitting)], source)
    return _saved(fitting[0], source)


def _named(asked: str, source: Source, not_after: str) -> Point:
    for backup in source.backups:
        ids = [point["id"] for point in backup["points"]]
        if asked not in (backup["backup"], *ids):
            continue
        if not_after and instant(backup["at"]) > instant(not_after):
            raise NoPoint(f"The backup {asked} is of {backup['at']}, later than {not_after}")
        return _saved(backup, source)
    raise NoPoint(
        f"It has no good backup {asked}. `daytwo backups list` has those that there are; latest, "
        "random and a moment such as 2026-11-02T03:00:00Z are taken as well"
    )


def _saved(backup: Backup, source: Source) -> Point:
    points = backup["points"]
    return {
        "kind": source.saved,
        "id": points[0]["id"] if len(points) == 1 else backup["backup"],
        "at": backup["at"],
        "manifest_key": backup["manifest_key"],
    }


def _moment(asked: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(asked)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _down(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _up(moment: datetime) -> datetime:
    whole = _down(moment)
    return whole if whole == moment else whole + timedelta(seconds=1)
