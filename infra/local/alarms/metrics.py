"""Metric values by period, read from moto's list once and kept in order."""

import bisect
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Key = tuple[str, str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Query:
    """One statistic of one metric: what an alarm, or a part of its expression, looks at."""

    key: Key
    statistic: str
    period: int
    unit: str | None = None


def metric_key(namespace: str, name: str, dimensions: Iterable[Any]) -> Key:
    """Make what names a metric: two with other dimensions are two metrics."""
    return namespace, name, frozenset((str(one.name), str(one.value)) for one in dimensions)


@dataclass
class _Series:
    times: list[float] = field(default_factory=list)
    data: list[Any] = field(default_factory=list)

    def add(self, datum: Any) -> None:
        moment = datum.timestamp.replace(tzinfo=datum.timestamp.tzinfo or UTC).timestamp()
        place = bisect.bisect(self.times, moment)
        self.times.insert(place, moment)
        self.data.insert(place, datum)


class Values:
    """All metric values of one Region, by metric."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._read = 0
        self._series: dict[Key, _Series] = {}

    def refresh(self) -> None:
        """Take over what was put since the last time."""
        data = self._backend.metric_data
        if len(data) < self._read:
            self._read, self._series = 0, {}
        known = len(data)
        for datum in data[self._read : known]:
            key = metric_key(datum.namespace, datum.name, datum.dimensions)
            self._series.setdefault(key, _Series()).add(datum)
        self._read = known

    def statistic(self, query: Query, start: float, end: float) -> float | None:
        """Compute the statistic from `start` until before `end` (epoch); None without a value."""
        series = self._series.get(query.key)
        if series is None:
            return None
        low, high = (bisect.bisect_left(series.times, moment) for moment in (start, end))
        data = [
            datum
            for datum in series.data[low:high]
            if query.unit is None or datum.unit == query.unit
        ]
        return compute(query.statistic, data) if data else None


def compute(statistic: str, data: list[Any]) -> float:
    """Compute `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile (`p99.9`)."""
    singles = [datum.value for datum in data if hasattr(datum, "value")]
    sets = [datum for datum in data if not hasattr(datum, "value")]
    if statistic.startswith("p"):
        spread = sorted([*singles, *(one.max for one in sets)])
        rank = math.ceil(float(statistic[1:]) / 100 * len(spread))
        return float(spread[max(rank, 1) - 1])
    count = len(singles) + sum(one.sample_count for one in sets)
    total = sum(singles) + sum(one.sum for one in sets)
    if statistic == "Sum":
        return float(total)
    if statistic == "SampleCount":
        return float(count)
    if statistic == "Average":
        return float(total / count) if count else 0.0
    if statistic == "Minimum":
        return float(min([*singles, *(one.min for one in sets)]))
    if statistic == "Maximum":
        return float(max([*singles, *(one.max for one in sets)]))
    raise ValueError(f"{statistic} is no statistic that the embedded account computes")


def moment(epoch: float) -> datetime:
    """Give the time of an epoch second, in UTC."""
    return datetime.fromtimestamp(epoch, UTC)
