"""Holidays out of iCalendar files: the all-day events of RFC 5545, recurring ones included."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from dateutil.rrule import rrulestr

from schemas.validation import InvalidDocument

MOST_BYTES = 1024 * 1024
DAY = timedelta(days=1)
# Recurring events are written out to the end of so many years after this one.
YEARS_AHEAD = 3
MOST_DAYS = 366

Event = dict[str, tuple[str, str]]


class Unreadable(ValueError):
    """A calendar that is not as RFC 5545 says; the message says where."""


def expand(manifest: dict[str, Any], folder: Path, today: date | None = None) -> dict[str, Any]:
    """Give the manifest with the holidays of its schedules' calendars written out as dates.

    The files are looked for in `folder`, where the manifest is. Raises InvalidDocument with
    each file that cannot be read, and why.
    """
    today = today or date.today()
    schedules: dict[str, Any] = {}
    problems: list[str] = []
    for name, schedule in manifest["schedules"].items():
        schedules[name] = schedule
        if schedule["calendar"]:
            try:
                found = set(holidays(_text(folder, schedule["calendar"]), today))
            except (OSError, ValueError) as error:
                problems.append(f"schedules.{name}.calendar: {schedule['calendar']}: {error}")
                continue
            dates = sorted({*schedule["holidays"], *map(str, found)})
            schedules[name] = {**schedule, "holidays": dates, "calendar": ""}
    if problems:
        raise InvalidDocument(problems)
    return {**manifest, "schedules": schedules}


def _text(folder: Path, name: str) -> str:
    path = (folder / name).resolve()
    if folder.resolve() not in path.parents:
        raise Unreadable("it must be a file beside the manifest, or in a folder there")
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"it is larger than {MOST_BYTES} bytes")
    return path.read_text("utf-8")


def holidays(text: str, today: date) -> list[date]:
    """List the days of a calendar's all-day events, from this year on.

    Events with a time of day are none, nor are cancelled ones. Raises Unreadable.
    """
    if "BEGIN:VCALENDAR" not in text:
        raise Unreadable("it is no iCalendar file: there is no BEGIN:VCALENDAR")
    first, last = date(today.year, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
    days: set[date] = set()
    events = 0
    for event in _events(text):
        if _is_all_day(event) and event.get("STATUS", ("", ""))[1].upper() != "CANCELLED":
            events += 1
            days |= {day for day in _days(event, last) if first <= day <= last}
    if not events:
        raise Unreadable("it has no all-day event, so no holiday")
    return sorted(days)


def _events(text: str) -> Iterator[Event]:
    """Give each event's properties: name to parameters and value."""
    event: Event | None = None
    depth = 0
    for number, line in enumerate(_unfolded(text), start=1):
        head, separator, value = line.partition(":")
        name, _, parameters = head.partition(";")
        name = name.upper()
        if not separator:
            raise Unreadable(f"line {number} is no property: {line[:60]!r}")
        if name == "BEGIN" and value.upper() == "VEVENT":
            event = {}
        elif name == "END" and value.upper() == "VEVENT" and event is not None:
            yield event
            event = None
        elif name in ("BEGIN", "END"):  # an alarm within an event has properties of its own
            depth += 1 if name == "BEGIN" else -1
        elif event is not None and (depth <= 1):
            before = event.get(name)
            joined = f"{before[1]},{value}" if before and name in ("EXDATE", "RDATE") else value
            event[name] = (parameters.upper(), joined)
    if event is not None:
        raise Unreadable("an event has no END:VEVENT")


def _unfolded(text: str) -> list[str]:
    """Put lines together that were folded (RFC 5545, 3.1)."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line[:1] in (" ", "\t") and lines:
            lines[-1] += line[1:]
        elif line.strip():
            lines.append(line)
    return lines


def _is_all_day(event: Event) -> bool:
    if "DTSTART" not in event:
        raise Unreadable("an event has no DTSTART")
    return "T" not in event["DTSTART"][1]


def _days(event: Event, last: date) -> Iterator[date]:
    start = _date(event["DTSTART"][1])
    end = _date(event["DTEND"][1]) if "DTEND" in event else start + _duration(event)
    length = max((end - start).days, 1)
    if length > MOST_DAYS:
        raise Unreadable(f"the event of {start} lasts {length} days")
    for begun in _occurrences(event, start, last):
        yield from (begun + number * DAY for number in range(length))


def _occurrences(event: Event, start: date, last: date) -> set[date]:
    found = {start} | _dates(event, "RDATE")
    if "RRULE" in event:
        beginning = datetime.combine(start, datetime.min.time())
        try:
            rule = rrulestr(event["RRULE"][1].replace("Z", ""), dtstart=beginning)
        except (ValueError, KeyError) as error:
            raise Unreadable(f"the rule {event['RRULE'][1]!r} of {start}: {error}") from None
        for moment in rule:
            if moment.date() > last:
                break
            found.add(moment.date())
    return found - _dates(event, "EXDATE")


def _duration(event: Event) -> timedelta:
    """Read a length in weeks or days; an all-day event has no other (RFC 5545, 3.6.1)."""
    text = event.get("DURATION", ("", "P1D"))[1].upper().removeprefix("+").removeprefix("P")
    days = {"W": 7, "D": 1}.get(text[-1:], 0)
    if not days or not text[:-1].isdigit():
        raise Unreadable(f"an all-day event has the DURATION {event['DURATION'][1]!r}")
    return int(text[:-1]) * days * DAY


def _dates(event: Event, name: str) -> set[date]:
    return {_date(value) for value in event.get(name, ("", ""))[1].split(",") if value}


def _date(text: str) -> date:
    try:
        return datetime.strptime(text.strip()[:8], "%Y%m%d").date()
    except ValueError:
        raise Unreadable(f"{text!r} is no date") from None
