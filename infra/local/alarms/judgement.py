"""When an alarm is in ALARM, from its datapoints and the missing ones."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ALARM, OK, INSUFFICIENT_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
# Older periods that are looked at where newer ones have no value.
EXTRA_PERIODS = 2


@dataclass(frozen=True)
class Rule:
    """How an alarm judges: M of N datapoints, compared so, with missing ones treated so."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: str = "missing"

    def breaches(self, value: float) -> bool:
        """Tell whether a value is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


def judge(rule: Rule, values: Sequence[float | None], current: str) -> str:
    """Tell the state for the values of the last periods, oldest first, None where missing.

    CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": with as many
    values as periods only the newest values count; else the missing ones are filled in.
    """
    real = [value for value in values if value is not None][-rule.periods :]
    lacking = rule.periods - len(real)
    breaching = sum(rule.breaches(value) for value in real)
    fine = len(real) - breaching
    if lacking and rule.missing == "breaching":
        breaching += lacking
    if not real and rule.missing == "missing":
        return INSUFFICIENT_DATA
    if lacking and rule.missing == "ignore":
        if breaching >= rule.to_alarm:
            return ALARM
        return OK if fine > rule.periods - rule.to_alarm else current
    needed = rule.to_alarm
    if lacking and rule.missing == "missing":
        needed = min(needed, len(real))
    return ALARM if breaching >= needed else OK


def reason(rule: Rule, values: Sequence[float | None], state: str, before: str) -> str:
    """Say in CloudWatch's words why an alarm is in its state."""
    real = [value for value in values if value is not None][-rule.periods :]
    if state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {rule.periods} datapoints were unknown."
    words = COMPARISONS[rule.comparison][1]
    if not real:
        treated = {"breaching": "[Breaching]", "notBreaching": "[NonBreaching]"}
        return (
            f"Threshold Crossed: no datapoints were received for {rule.periods} periods and "
            f"{rule.periods} missing datapoints were treated as {treated.get(rule.missing, '')}."
        )
    matching = [value for value in real if rule.breaches(value) == (state == ALARM)]
    verb = "was" if len(matching) == 1 else "were"
    verb += "" if state == ALARM else " not"
    shown = ", ".join(str(value) for value in reversed(matching))
    return (
        f"Threshold Crossed: {len(matching)} out of the last {rule.periods} datapoints [{shown}] "
        f"{verb} {words} the threshold ({rule.threshold}) "
        f"(minimum {rule.to_alarm} datapoint(s) for {before} -> {state} transition)."
    )
