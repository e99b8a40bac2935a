"""What a schedule asks for at a moment, and when that changes."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tasks.schedules.times import DAY, spans, zone

Schedule = Mapping[str, Any]
Interval = tuple[datetime, datetime]
ON, OFF = "on", "off"
# A period that began so many days before may still last: it crosses midnight, and a time that
# the clocks skip may be a day later.
MARGIN = 3 * DAY
# Looked through for the next change, from near to far: holidays are at most a year's rhythm.
HORIZONS = (8, 40, 400)


def goal(schedule: Schedule, at: datetime) -> str:
    """Tell whether a schedule has its instances "on" or "off" at a moment.

    `schedule` is one of a manifest. Raises ScheduleInvalid for a zone that does not exist.
    """
    return ON if any(begin <= at < end for begin, end in _around(schedule, at, at)) else OFF


def changes(schedule: Schedule, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """List the moments after `start` and up to `end` at which the goal changes, and to what."""
    found = _around(schedule, start, end)
    edges = [(begin, ON) for begin, _ in found] + [(stop, OFF) for _, stop in found]
    return sorted((at, to) for at, to in edges if start < at <= end)


def next_change(schedule: Schedule, after: datetime) -> datetime | None:
    """Tell when the goal changes next after a moment; None where it does not within 400 days."""
    for days in HORIZONS:
        found = changes(schedule, after, after + days * DAY)
        if found:
            return found[0][0]
    return None


def periods_between(schedule: Schedule, start: datetime, end: datetime) -> list[Interval]:
    """List the times from `start` to `end` at which instances are on, cut at both ends."""
    cut = [(max(begin, start), min(stop, end)) for begin, stop in _around(schedule, start, end)]
    return [(begin, stop) for begin, stop in cut if begin < stop]


def clock_changes(
    timezone: str, start: datetime, end: datetime
) -> list[tuple[datetime, timedelta]]:
    """List when a zone's clocks change within a time, and by how much: an hour, or minus one."""
    place = zone(timezone)
    minutes = int((end - start) / timedelta(minutes=15))
    moments = [start + number * timedelta(minutes=15) for number in range(minutes + 1)]
    offsets = [(moment, moment.astimezone(place).utcoffset()) for moment in moments]
    return [
        (moment, after - before)
        for (_, before), (moment, after) in pairwise(offsets)
        if before is not None and after is not None and before != after
    ]


def _around(schedule: Schedule, start: datetime, end: datetime) -> list[Interval]:
    """Give whole periods, merged where they touch, that reach well past both moments."""
    timezone = zone(schedule["timezone"])
    first = start.astimezone(timezone).date() - MARGIN
    last = end.astimezone(timezone).date() + MARGIN
    holidays = {date.fromisoformat(day) for day in schedule["holidays"]}
    found = sorted(
        (begin, stop)
        for period in schedule["periods"]
        for day, begin, stop in spans(
            period["days"], period["start"], period["stop"], timezone, first, last
        )
        if day not in holidays
    )
    merged: list[Interval] = []
    for begin, stop in found:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((begin, stop))
    return merged
