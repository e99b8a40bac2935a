"""Alarms judge their datapoints, and the missing ones, as CloudWatch's tables say."""

import pytest

from infra.local.alarms.judgement import ALARM, INSUFFICIENT_DATA, OK, Rule, judge, reason

KEPT = "the state it had"


def values(pattern):
    return [{"X": 9.0, "0": 1.0, "-": None}[mark] for mark in pattern.split()]


def rule(to_alarm, missing):
    return Rule("GreaterThanThreshold", 5.0, periods=3, to_alarm=to_alarm, missing=missing)


# CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", both tables:
# what happens for missing, ignore, breaching and notBreaching.
ALL_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "- - - - 0": (OK, OK, OK, OK),
    "- - - - -": (INSUFFICIENT_DATA, KEPT, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, KEPT, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, KEPT, ALARM, OK),
    "- - - - 0": (OK, KEPT, ALARM, OK),
    "- - - X -": (ALARM, KEPT, ALARM, OK),
}
MODES = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize("pattern", ALL_OF_THREE)
@pytest.mark.parametrize("mode", MODES)
def test_three_of_three(pattern, mode):
    expected = ALL_OF_THREE[pattern][MODES.index(mode)]
    assert judge(rule(3, mode), values(pattern), KEPT) == expected


@pytest.mark.parametrize("pattern", TWO_OF_THREE)
@pytest.mark.parametrize("mode", MODES)
def test_two_of_three(pattern, mode):
    expected = TWO_OF_THREE[pattern][MODES.index(mode)]
    assert judge(rule(2, mode), values(pattern), KEPT) == expected


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanThreshold", [OK, OK, ALARM]),
        ("GreaterThanOrEqualToThreshold", [OK, ALARM, ALARM]),
        ("LessThanThreshold", [ALARM, OK, OK]),
        ("LessThanOrEqualToThreshold", [ALARM, ALARM, OK]),
    ],
)
def test_each_comparison(comparison, states):
    found = [judge(Rule(comparison, 5.0, 1, 1), [value], OK) for value in (4.0, 5.0, 6.0)]
    assert found == states


def test_a_reason_says_the_values_and_the_threshold():
    told = reason(rule(2, "missing"), [1.0, 9.0, 8.0], ALARM, OK)
    assert told == (
        "Threshold Crossed: 2 out of the last 3 datapoints [8.0, 9.0] were greater than the "
        "threshold (5.0) (minimum 2 datapoint(s) for OK -> ALARM transition)."
    )
    assert "missing datapoints were treated as [NonBreaching]" in reason(
        rule(2, "notBreaching"), [None] * 3, OK, ALARM
    )
