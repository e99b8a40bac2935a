"""Schedule expressions: `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)`, `at(2026-03-01T08:00:00)`."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
# Of days of the week, Sunday is the first.
WEEK_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
FIRST_YEAR, LAST_YEAR = 1970, 2199
# A cron expression may name a day that comes every few years, such as 29 February.
SEARCH_DAYS = 366 * 9


class InvalidExpression(ValueError):
    """Raised for a schedule expression that EventBridge would refuse."""


@dataclass(frozen=True)
class Rate:
    """Every so many seconds from a beginning."""

    seconds: int

    def after(self, moment: datetime, beginning: datetime) -> datetime | None:
        """Give the first time later than `moment`."""
        passed = (moment - beginning).total_seconds() // self.seconds
        return beginning + timedelta(seconds=(max(passed, 0) + 1) * self.seconds)


@dataclass(frozen=True)
class At:
    """Once."""

    when: datetime

    def after(self, moment: datetime, beginning: datetime) -> datetime | None:
        """Give the time, None where it is past."""
        return self.when if self.when > moment else None


@dataclass(frozen=True)
class Cron:
    """The times of a cron expression with six fields, in a time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    month_days: str
    months: frozenset[int]
    week_days: str
    years: frozenset[int]
    zone: ZoneInfo

    def after(self, moment: datetime, beginning: datetime) -> datetime | None:
        """Give the first time later than `moment`; a time that a clock change skips is none."""
        day = moment.astimezone(self.zone).date()
        for _ in range(SEARCH_DAYS):
            for candidate in self._times(day):
                if candidate > moment:
                    return candidate
            day += timedelta(days=1)
        return None

    def _times(self, day: date) -> Iterator[datetime]:
        if day.year not in self.years or day.month not in self.months or not self._on(day):
            return
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                local = datetime.combine(day, time(hour, minute), self.zone)
                moment = local.astimezone(UTC)
                if moment.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    yield moment

    def _on(self, day: date) -> bool:
        if self.month_days != "?":
            return _on_month_day(self.month_days, day)
        return _on_week_day(self.week_days, day)


def read(expression: str, timezone: str = "UTC") -> Rate | At | Cron:
    """Read an expression (EventBridge Scheduler User Guide, "Schedule types").

    Raises InvalidExpression for one that it does not describe.
    """
    kind, _, rest = expression.strip().partition("(")
    inside = rest.removesuffix(")").strip()
    try:
        zone = ZoneInfo(timezone)
        if kind == "rate":
            return _rate(inside)
        if kind == "at":
            return At(datetime.fromisoformat(inside).replace(tzinfo=zone).astimezone(UTC))
        if kind == "cron":
            return _cron(inside, zone)
    except (KeyError, ValueError) as error:
        raise InvalidExpression(f"{expression} ({timezone}) is no schedule: {error}") from error
    raise InvalidExpression(f"{expression} is no rate(), cron() or at()")


def _rate(text: str) -> Rate:
    value, unit = text.split()
    if int(value) < 1:
        raise ValueError("the value must be above 0")
    return Rate(int(value) * UNITS[unit.removesuffix("s")])


def _cron(text: str, zone: ZoneInfo) -> Cron:
    fields = text.upper().split()
    if len(fields) != 6:
        raise ValueError(f"{len(fields)} fields, not 6")
    minutes, hours, month_days, months, week_days, years = fields
    if "?" not in (month_days, week_days):
        raise ValueError("one of day of month and day of week must be ?")
    cron = Cron(
        _numbers(minutes, 0, 59),
        _numbers(hours, 0, 23),
        month_days,
        _numbers(months, 1, 12, MONTHS),
        week_days,
        _numbers(years, FIRST_YEAR, LAST_YEAR),
        zone,
    )
    cron._on(date(2024, 2, 29))
    return cron


def _numbers(
    text: str, least: int, most: int, names: dict[str, int] | None = None
) -> frozenset[int]:
    """List what a field allows: `*`, `5`, `1-5`, `0/15`, `MON,WED`."""
    found: set[int] = set()
    size = most - least + 1
    for part in text.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        every = low in ("*", "?")
        first = least if every else _number(low, names)
        last = _number(high, names) if high else (most if every or step else first)
        if not (least <= first <= most and least <= last <= most):
            raise ValueError(f"{part} is not within {least}-{most}")
        # FRI-MON goes over the end of the week.
        length = (last - first) % size
        found |= {least + (first - least + n) % size for n in range(0, length + 1, int(step or 1))}
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)


def _on_month_day(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    if re.fullmatch(r"\d+W", field):
        wanted = date(day.year, day.month, min(int(field[:-1]), last))
        return day == _nearest_weekday(wanted)
    return day.day in _numbers(field, 1, 31)


def _nearest_weekday(wanted: date) -> date:
    """Give the Monday to Friday nearest to a date, in the same month."""
    for offset in (0, -1, 1, -2, 2):
        near = wanted + timedelta(days=offset)
        if near.month == wanted.month and near.weekday() < 5:
            return near
    return wanted


def _on_week_day(field: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1
    if found := re.fullmatch(r"(\w+)#([1-5])", field):
        return number == _number(found[1], WEEK_DAYS) and (day.day - 1) // 7 + 1 == int(found[2])
    if found := re.fullmatch(r"(\w+)L", field):
        last = calendar.monthrange(day.year, day.month)[1]
        return number == _number(found[1], WEEK_DAYS) and day.day > last - 7
    return number in _numbers(field.replace("L", "SAT"), 1, 7, WEEK_DAYS)
