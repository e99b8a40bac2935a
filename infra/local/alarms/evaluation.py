"""Evaluating alarms period by period on the account's clock."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.alarms.formulas import holds, value_of
from infra.local.alarms.judgement import ALARM, EXTRA_PERIODS, OK, Rule, judge, reason
from infra.local.alarms.metrics import Query, Values, metric_key, moment

DEFAULT_PERIOD = 60
# After a long pause only the newest period ends are judged one by one.
MOST_STEPS = 10
# What only grows within a period: once over the threshold, it stays over it.
GROWING = {"Sum", "Maximum", "SampleCount"}

Setter = Callable[[Any, str, str, str], None]


@dataclass
class Watch:
    """How far one alarm was evaluated; `held_until` keeps a state that somebody set by hand."""

    alarm: Any
    judged_until: float
    held_until: float = 0.0

    @classmethod
    def begin(cls, alarm: Any, now: float) -> "Watch":
        """Watch an alarm from now on: what was before its making is none of its business."""
        period = period_of(alarm)
        return cls(alarm, judged_until=now // period * period - period)


def period_of(alarm: Any) -> int:
    """Tell the seconds of an alarm's period; of an expression, the longest one of its metrics."""
    periods = [query.metric_stat.period for query in alarm.metric_data_queries if query.metric_stat]
    periods += [query.period for query in alarm.metric_data_queries if query.period]
    return max([int(period) for period in periods] or [int(alarm.period or DEFAULT_PERIOD)])


def rule_of(alarm: Any) -> Rule:
    """Read how an alarm judges its datapoints."""
    periods = int(alarm.evaluation_periods)
    return Rule(
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        periods=periods,
        to_alarm=int(alarm.datapoints_to_alarm or periods),
        missing=alarm.treat_missing_data or "missing",
    )


def evaluate(watch: Watch, values: Values, now: float, set_state: Setter) -> None:
    """Judge an alarm at each end of a period since the last time, and now where that is sure."""
    alarm = watch.alarm
    if now < watch.held_until:
        return
    period = period_of(alarm)
    rule = rule_of(alarm)
    last = now // period * period
    first = max(watch.judged_until + period, last - (MOST_STEPS - 1) * period)
    end = first
    while end <= last:
        judged = _judgement(alarm, rule, values, end, period)
        _apply(alarm, judged, set_state)
        end += period
    watch.judged_until = last
    newest = _value(alarm, values, last, period) if _grows(alarm, rule) else None
    if newest is not None and rule.breaches(newest):
        # The period has not ended, but can only get worse.
        judged = _judgement(alarm, rule, values, last + period, period)
        if judged.state == ALARM:
            _apply(alarm, judged, set_state)


def _grows(alarm: Any, rule: Rule) -> bool:
    return rule.comparison.startswith("Greater") and alarm.statistic in GROWING


@dataclass(frozen=True)
class _Judgement:
    state: str
    reason: str
    data: str


def _apply(alarm: Any, judged: _Judgement, set_state: Setter) -> None:
    if judged.state != alarm.state_value:
        set_state(alarm, judged.reason, judged.data, judged.state)


def _judgement(alarm: Any, rule: Rule, values: Values, end: float, period: int) -> _Judgement:
    """Judge an alarm by the periods until `end`."""
    count = rule.periods + EXTRA_PERIODS
    starts = [end - (count - n) * period for n in range(count)]
    found = [_value(alarm, values, start, period) for start in starts]
    before = alarm.state_value
    state = judge(rule, found, before)
    data = {
        "version": "1.0",
        "queryDate": moment(end).isoformat(),
        "startDate": moment(starts[-rule.periods]).isoformat(),
        "statistic": alarm.statistic or alarm.extended_statistic,
        "period": period,
        "recentDatapoints": [value for value in found if value is not None],
        "threshold": rule.threshold,
    }
    return _Judgement(state, reason(rule, found, state, before), json.dumps(data))


def _value(alarm: Any, values: Values, start: float, period: int) -> float | None:
    """Compute what an alarm compares for the period that begins at `start`."""
    if not alarm.metric_data_queries:
        key = metric_key(alarm.namespace, alarm.metric_name, alarm.dimensions)
        statistic = alarm.statistic or alarm.extended_statistic
        return values.statistic(Query(key, statistic, period, alarm.unit), start, start + period)
    found: dict[str, float | None] = {}
    for query in alarm.metric_data_queries:
        if query.metric_stat:
            stat = query.metric_stat
            key = metric_key(stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions)
            asked = Query(key, stat.stat, period, stat.unit)
            found[query.id] = values.statistic(asked, start, start + period)
    shown = None
    for query in alarm.metric_data_queries:
        if query.expression:
            found[query.id] = value_of(query.expression, found)
        if query.return_data in (True, "true", None):
            shown = found.get(query.id)
    return shown


def evaluate_composite(alarm: Any, states: dict[str, str], set_state: Setter) -> None:
    """Judge a composite alarm by the states of those that its rule names."""
    state = ALARM if holds(alarm.rule, states) else OK
    if state != alarm.state_value:
        set_state(alarm, f"{alarm.rule} is now {state == ALARM}", "{}", state)
