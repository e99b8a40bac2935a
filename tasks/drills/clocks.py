"""The clock of a drill: T0 failure, T1 detected, T2 declared, T3 restore started, T4 available,
T5 validated, T6 serving; all told by Step Functions."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

MARKS = {
    "t0": "failure",
    "t1": "detected",
    "t2": "declared",
    "t3": "restore started",
    "t4": "available",
    "t5": "validated",
    "t6": "serving",
}
PHASES = {
    ("t0", "t1"): "detection",
    ("t1", "t2"): "declaration",
    ("t2", "t3"): "preparation",
    ("t3", "t4"): "restore",
    ("t4", "t5"): "validation",
    ("t5", "t6"): "return to service",
}
RTO = "rto"
RESTORE_TIME = "restore_time"
# What each measure is from and to.
SPANS = {RTO: ("t0", "t6"), RESTORE_TIME: ("t3", "t5")}
NOT_MEASURED = -1

Times = Mapping[str, str]


class Measured(NamedTuple):
    """Durations in whole seconds, rounded up, -1 for not measured; `faults` are the clock's."""

    rto_seconds: int
    restore_seconds: int
    faults: list[str]


def instant(text: str) -> datetime:
    """Read ISO 8601 UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def seconds(begin: str, end: str) -> int:
    """Give the seconds between two moments, rounded up; below 0 where they are the other way."""
    return math.ceil((instant(end) - instant(begin)).total_seconds())


def measure(times: Times, wanted: str, not_before: str, now: str) -> Measured:
    """Measure a component, and say what is wrong with its times.

    `wanted` is RTO or RESTORE_TIME: a restore of data alone is never called an RTO. All times
    must rise from `not_before` to `now`, and a duration of 0 s is none.
    """
    faults = disorder(times, not_before, now)
    spans = {}
    for name, (begin, end) in SPANS.items():
        spans[name] = _span(times, begin, end)
        if name == wanted:
            faults += _missing(times, begin, end, spans[name])
    restore = spans[RESTORE_TIME]
    if wanted == RESTORE_TIME:
        return Measured(NOT_MEASURED, restore, faults)
    return Measured(spans[RTO], restore, faults)


def disorder(times: Times, not_before: str, now: str) -> list[str]:
    """Name each pair of neighbouring moments that is the wrong way round."""
    told = [("the drill's beginning", not_before)]
    told += [(mark.upper(), times[mark]) for mark in MARKS if times.get(mark)]
    told.append(("the record of it", now))
    return [
        f"The clock went backwards: {after} at {later} lies before {before} at {earlier}"
        for (before, earlier), (after, later) in pairwise(told)
        if instant(later) < instant(earlier)
    ]


def phases(times: Times) -> dict[str, float]:
    """Give each phase that has a beginning and an end, in seconds."""
    return {
        name: (instant(times[end]) - instant(times[begin])).total_seconds()
        for (begin, end), name in PHASES.items()
        if times.get(begin) and times.get(end)
    }


def rpo(failure_at: str, newest_record: str) -> int:
    """Give max(0, failure - newest recovered record) in seconds."""
    return max(0, seconds(newest_record, failure_at))


def newest(moments: list[str]) -> str:
    """Give the latest of the moments that are known, empty without one."""
    known: list[Any] = [moment for moment in moments if moment]
    return max(known, key=instant, default="")


def _span(times: Times, begin: str, end: str) -> int:
    if not times.get(begin) or not times.get(end):
        return NOT_MEASURED
    # A duration below 0 is a fault that disorder() tells.
    return max(NOT_MEASURED, seconds(times[begin], times[end]))


def _missing(times: Times, begin: str, end: str, span: int) -> list[str]:
    absent = [mark.upper() for mark in (begin, end) if not times.get(mark)]
    if absent:
        return [f"{' and '.join(absent)} never came, so that nothing was measured"]
    if span == 0:
        return [f"{begin.upper()} and {end.upper()} are the same moment: 0 s is no measurement"]
    return []
