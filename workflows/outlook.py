"""What the schedules of registered systems will do in the days to come."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tasks.schedules import periods
from tasks.schedules.groups import Place, places, schedules, tier_names
from tasks.schedules.times import DAY, moment, zone
from tasks.schedules.windows import is_open

Manifest = Mapping[str, Any]
BY_TAG = "by tag only"


@dataclass(frozen=True)
class Outlook:
    """A schedule in one place: what it does from a day on, in its own time zone.

    `where` is the environment such as `shop dev`, or `by tag only`.
    """

    where: str
    name: str
    schedule: Mapping[str, Any]
    windows: tuple[Mapping[str, Any], ...]
    steps: Mapping[str, str]
    first: date
    days: int

    @property
    def timezone(self) -> ZoneInfo:
        """The schedule's time zone."""
        return zone(self.schedule["timezone"])

    @property
    def start(self) -> datetime:
        """The first moment of the first day."""
        return moment(self.first, "00:00", self.timezone)

    @property
    def end(self) -> datetime:
        """The first moment after the last day."""
        return moment(self.first + self.days * DAY, "00:00", self.timezone)

    def each_day(self) -> list[date]:
        """List the days."""
        return [self.first + number * DAY for number in range(self.days)]

    def on(self, day: date) -> list[tuple[datetime, datetime]]:
        """List the times of a day at which instances are on, in the local time."""
        begin = moment(day, "00:00", self.timezone)
        end = moment(day, "24:00", self.timezone)
        return [
            (self._local(start), self._local(stop))
            for start, stop in periods.periods_between(self.schedule, begin, end)
        ]

    def open(self, day: date) -> list[tuple[datetime, datetime]]:
        """List the times of a day at which a maintenance window is open, to the quarter hour."""
        if not self.windows:
            return []
        quarters = timedelta(minutes=15)
        at, end = moment(day, "00:00", self.timezone), moment(day, "24:00", self.timezone)
        found: list[tuple[datetime, datetime]] = []
        while at < end:
            following = min(at + quarters, end)
            if is_open(self.windows, at):
                if found and found[-1][1] == at:
                    found[-1] = (found[-1][0], following)
                else:
                    found.append((at, following))
            at = following
        return [(self._local(start), self._local(stop)) for start, stop in found]

    def changes(self) -> list[tuple[datetime, str]]:
        """List the changes, in local time, and whether they are to "on" or "off"."""
        found = periods.changes(self.schedule, self.start - timedelta(seconds=1), self.end)
        return [(self._local(at), to) for at, to in found if at < self.end]

    def acts(self, to: str) -> str:
        """Say what is done at a change."""
        if to == periods.ON and self.schedule["stop_only"]:
            return "nothing (stop only)"
        return self.steps[to]

    def notes(self, day: date) -> list[str]:
        """Say what is special about a day: a holiday, clocks that change."""
        found = ["holiday"] if str(day) in self.schedule["holidays"] else []
        begin = moment(day, "00:00", self.timezone)
        end = moment(day, "24:00", self.timezone)
        for at, by in periods.clock_changes(self.schedule["timezone"], begin - DAY / 96, end):
            if begin <= at < end:
                before = (at - timedelta(seconds=1)).astimezone(self.timezone)
                shown = before + timedelta(seconds=1)
                way = "forward" if by > timedelta() else "back"
                found.append(f"clocks {way} {shown:%H:%M} to {self._local(at):%H:%M}")
        return found

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.timezone)


def look_ahead(
    manifests: Iterable[Manifest], now: datetime, days: int = 7, environment: str = ""
) -> list[Outlook]:
    """Give what each schedule will do, from the day that `now` is in its time zone.

    A schedule that no environment names is there too: instances may name it by their tag.
    Raises ScheduleInvalid for a time zone that does not exist.
    """
    manifests = list(manifests)
    available = schedules(manifests)
    found: list[Outlook] = []
    for place in places(manifests):
        windows = _windows(manifests, place)
        for name in sorted(_names(place)):
            if name in available and environment in ("", place.environment):
                today = now.astimezone(zone(available[name]["timezone"])).date()
                found.append(
                    Outlook(
                        where=f"{place.system} {place.environment}",
                        name=name,
                        schedule=available[name],
                        windows=windows,
                        steps=_steps(place, name, available[name]),
                        first=today,
                        days=days,
                    )
                )
    used = {entry.name for entry in found}
    for name, schedule in available.items() if not environment else ():
        if name not in used:
            today = now.astimezone(zone(schedule["timezone"])).date()
            steps = {"on": "start", "off": _stopping(schedule)}
            found.append(Outlook(BY_TAG, name, schedule, (), steps, today, days))
    return found


def _names(place: Place) -> set[str]:
    return {name for name in [place.default] if name} | {
        entry["schedule"] for entry in place.auto_scaling
    }


def _windows(manifests: list[Manifest], place: Place) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        window
        for manifest in manifests
        for environment in manifest["environments"]
        if (manifest["name"], environment["name"]) == (place.system, place.environment)
        for window in environment["instances"]["maintenance_windows"]
    )


def _stopping(schedule: Manifest) -> str:
    return "hibernate" if schedule["hibernate"] else "stop"


def _steps(place: Place, name: str, schedule: Manifest) -> dict[str, str]:
    """Say in which order a place is started and stopped."""
    tiers = tier_names(place) if place.default == name else []
    sizes = {
        to: [
            f"{entry['group']} to {entry[to]['min']}/{entry[to]['desired']}/{entry[to]['max']}"
            for entry in place.auto_scaling
            if entry["schedule"] == name
        ]
        for to in ("on", "off")
    }
    start, stop = list(_doing("start", tiers)), list(_doing(_stopping(schedule), tiers[::-1]))
    return {
        "on": ", then ".join([*start, *sizes["on"]]),
        "off": ", then ".join([*sizes["off"], *stop]),
    }


def _doing(verb: str, tiers: list[str]) -> Iterator[str]:
    if len(tiers) == 1:
        yield verb
    else:
        yield from (f"{verb} {tier}" for tier in tiers)


def utc(at: datetime) -> str:
    """Write a moment's minute in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
