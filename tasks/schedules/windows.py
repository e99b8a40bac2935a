"""Maintenance windows: when instances may be disturbed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tasks.schedules.times import DAY, spans, zone

Windows = Sequence[Mapping[str, Any]]


def is_open(windows: Windows, moment: datetime) -> bool:
    """Tell whether one of the windows is open at a moment; without windows any moment is good.

    `windows` are a manifest's `maintenance_windows`; a window begins with its first minute
    and ends before its last. `moment` has a time zone. Raises ScheduleInvalid for a zone that
    does not exist.
    """
    return not windows or any(_is_open(window, moment) for window in windows)


def _is_open(window: Mapping[str, Any], moment: datetime) -> bool:
    timezone = zone(window["timezone"])
    today = moment.astimezone(timezone).date()
    found = spans(
        window["days"], window["from"], window["to"], timezone, today - 2 * DAY, today + DAY
    )
    return any(begin <= moment < end for _, begin, end in found)


def in_words(windows: Windows) -> str:
    """Write windows as a person reads them: `sun 02:00 to 06:00 (Europe/Vienna)`."""
    return ", ".join(
        f"{' '.join(window['days'])} {window['from']} to {window['to']} ({window['timezone']})"
        for window in windows
    )
