"""Local times of day as moments, right on the nights on which the clocks change."""

import difflib
import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from tasks.errors import ScheduleInvalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@functools.cache
def zone(name: str) -> ZoneInfo:
    """Give an IANA time zone; raises ScheduleInvalid for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        hint = f"; is {near[0]} meant?" if near else ""
        raise ScheduleInvalid(
            f"{name!r} is no IANA time zone{hint} (Europe/Vienna is one)"
        ) from error


def moment(day: date, clock: str, timezone: ZoneInfo) -> datetime:
    """Give the moment, in UTC, at which the clocks of a zone show a time of a day.

    `clock` is HH:MM; 24:00 is the next day's 00:00. A time that the clocks skip is the first
    minute after the gap; of a time that they show twice it is the first.
    """
    if clock == "24:00":
        day, clock = day + DAY, "00:00"
    shown = datetime.combine(day, time.fromisoformat(clock))
    found = shown.replace(tzinfo=timezone).astimezone(UTC)
    if _shown(found, timezone) == shown:
        return found
    return _after_the_gap(shown, timezone)


def _shown(at: datetime, timezone: ZoneInfo) -> datetime:
    return at.astimezone(timezone).replace(tzinfo=None)


def _after_the_gap(skipped: datetime, timezone: ZoneInfo) -> datetime:
    """Find the first minute at which the clocks show more than a time that they skip."""
    before = skipped.replace(tzinfo=timezone, fold=1).astimezone(UTC)
    after = skipped.replace(tzinfo=timezone, fold=0).astimezone(UTC)
    while after - before > MINUTE:
        half = before + (after - before) // MINUTE // 2 * MINUTE
        if _shown(half, timezone) > skipped:
            after = half
        else:
            before = half
    return after


def spans(
    days: list[str], begin: str, end: str, timezone: ZoneInfo, first: date, last: date
) -> Iterator[tuple[date, datetime, datetime]]:
    """Give each day from `first` to `last` that is one of `days`, with its begin and end.

    An end that is not later than the begin is on the day after. What lies wholly in a gap
    of the clocks begins and ends at the same moment, and is left out.
    """
    over = DAY if end <= begin else timedelta()
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if DAYS[day.weekday()] in days:
            begun = moment(day, begin, timezone)
            ended = moment(day + over, end, timezone)
            if begun < ended:
                yield day, begun, ended
