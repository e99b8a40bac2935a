"""What a manifest must keep to about its instances, schedules and maintenance windows."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from tasks.errors import ScheduleInvalid
from tasks.schedules.groups import NO_SCHEDULE
from tasks.schedules.times import DAY, DAYS, moment, zone
from tasks.schedules.windows import in_words, is_open

Manifest = dict[str, Any]
Problems = Iterator[str]
# A week in which no clocks change, Monday first.
PLAIN_WEEK = date(2026, 1, 12)


def problems(manifest: Manifest) -> Problems:
    """Say what a JSON Schema cannot: one "field: what is wrong" for each problem.

    `manifest` has its defaults filled in.
    """
    for name, schedule in manifest["schedules"].items():
        if name == NO_SCHEDULE:
            yield f"schedules.{name}: as an instance's tag, {name} means that it follows none"
        yield from _schedule(f"schedules.{name}", schedule)
    for index, environment in enumerate(manifest["environments"]):
        field, instances = f"environments.{index}.instances", environment["instances"]
        yield from _approval(field, instances, manifest["roles"])
        yield from _windows(f"{field}.maintenance_windows", instances["maintenance_windows"])
        yield from _names(field, instances, list(manifest["schedules"]))
        yield from _capacities(f"{field}.auto_scaling", instances["auto_scaling"])
        yield from _stops(field, instances, manifest["schedules"])


def _schedule(field: str, schedule: Manifest) -> Problems:
    yield from _zone(field, schedule["timezone"])
    for number, period in enumerate(schedule["periods"]):
        if period["start"] == period["stop"]:
            yield (
                f"{field}.periods.{number}: it starts and stops at {period['start']}; a whole "
                "day is 00:00 to 24:00"
            )
    for number, day in enumerate(schedule["holidays"]):
        if not _is_date(day):
            yield f"{field}.holidays.{number}: {day} is no date of the calendar"


def _zone(field: str, name: str) -> Problems:
    try:
        zone(name)
    except ScheduleInvalid as invalid:
        yield f"{field}.timezone: {invalid}"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _approval(field: str, instances: Manifest, roles: Manifest) -> Problems:
    for role in instances["approval"]["roles"]:
        if role not in roles:
            yield (
                f"{field}.approval.roles: {role} is not among the manifest's roles "
                f"({', '.join(roles) or 'it has none'})"
            )


def _windows(field: str, windows: list[Manifest]) -> Problems:
    for number, window in enumerate(windows):
        yield from _zone(f"{field}.{number}", window["timezone"])
        if window["from"] == window["to"]:
            yield (
                f"{field}.{number}: it opens and closes at {window['from']}; a whole day is "
                "00:00 to 24:00"
            )


def _names(field: str, instances: Manifest, known: list[str]) -> Problems:
    used = [(f"{field}.schedule", instances["schedule"])]
    for number, entry in enumerate(instances["auto_scaling"]):
        used.append((f"{field}.auto_scaling.{number}.schedule", entry["schedule"]))
        if not entry["schedule"] and not instances["schedule"]:
            yield (
                f"{field}.auto_scaling.{number}.schedule: {entry['group']} has no schedule, and "
                "neither has the environment"
            )
    for place, name in used:
        if name and name not in known:
            yield (
                f"{place}: {name} is not among the manifest's schedules "
                f"({', '.join(known) or 'it has none'})"
            )
    if (instances["schedule"] or instances["tiers"]) and not instances["tags"]:
        yield f"{field}.tags: a schedule or tiers without tags would select no instance"
    yield from _twice(f"{field}.tiers", "name", instances["tiers"])
    yield from _twice(f"{field}.auto_scaling", "group", instances["auto_scaling"])


def _twice(field: str, key: str, entries: list[Manifest]) -> Problems:
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        if entry[key] in seen:
            yield f"{field}.{number}.{key}: {entry[key]} is there twice"
        seen.add(entry[key])


def _capacities(field: str, entries: list[Manifest]) -> Problems:
    for number, entry in enumerate(entries):
        for when in ("business", "off"):
            size = entry[when]
            if not size["min"] <= size["desired"] <= size["max"]:
                yield (
                    f"{field}.{number}.{when}: desired {size['desired']} is not from min "
                    f"{size['min']} to max {size['max']}"
                )


def _stops(field: str, instances: Manifest, schedules: Manifest) -> Problems:
    """Find stops that the environment's own windows would refuse each time."""
    name, windows = instances["schedule"], instances["maintenance_windows"]
    if not windows or name not in schedules:
        return
    schedule = schedules[name]
    for period in schedule["periods"]:
        for day in period["days"]:
            stop = _stop(day, period, schedule["timezone"])
            if stop and not _open(windows, stop):
                yield (
                    f"{field}.schedule: {name} stops what began on {day} at {period['stop']}, "
                    f"when no maintenance window is open ({in_words(windows)})"
                )


def _stop(day: str, period: Manifest, timezone: str) -> datetime | None:
    over = DAY if period["stop"] <= period["start"] else 0 * DAY
    try:
        return moment(PLAIN_WEEK + DAYS.index(day) * DAY + over, period["stop"], zone(timezone))
    except ScheduleInvalid:
        return None


def _open(windows: list[Manifest], stop: datetime) -> bool:
    try:
        return is_open(windows, stop)
    except ScheduleInvalid:
        return True
