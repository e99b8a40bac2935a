import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import TooManyInstances
from tasks.fleets import limits


def refused(given_limits, action="stop", matched=100, to_act=100, production=False, named=False):
    checked = {"max_instances": 100, **given_limits}
    try:
        limits.refuse_too_many(checked, action, matched, to_act, production, named)
    except TooManyInstances as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"given_limits": {}}, ""),
        ({"given_limits": {"max_instances": 99}}, "limits.max_instances (--max-instances 100)"),
        ({"given_limits": {"max_percent": 50}, "to_act": 50}, ""),
        ({"given_limits": {"max_percent": 50}, "to_act": 51}, "(--max-percent 51)"),
        ({"given_limits": {"max_percent": 1}, "to_act": 1, "matched": 3}, ""),
        ({"given_limits": {}, "production": True}, "at most 50 (50 %)"),
        ({"given_limits": {}, "production": True, "to_act": 50}, ""),
        ({"given_limits": {}, "production": True, "named": True}, ""),
        ({"given_limits": {}, "production": True, "action": "start"}, ""),
        ({"given_limits": {}, "production": True, "action": "reboot"}, ""),
        ({"given_limits": {"max_percent": 100}, "production": True}, ""),
        ({"given_limits": {"max_percent": 10}, "named": True}, "at most 10 (10 %)"),
    ],
    ids=[
        "at-the-limit",
        "over-it",
        "at-the-share",
        "over-the-share",
        "one-is-always-allowed",
        "half-of-production",
        "half-is-allowed",
        "named-by-id",
        "starting-is-harmless",
        "rolling-has-its-own-limit",
        "allowed-in-so-many-words",
        "a-given-share-counts-for-ids-too",
    ],
)
def test_more_than_the_limits_allow_is_refused_with_how_many_and_what_to_do(case, told):
    said = refused(**case)
    assert told in said
    assert bool(said) is bool(told)


@given(st.integers(1, 10_000), st.integers(1, 100), st.data())
def test_what_the_message_offers_is_enough(matched, percent, data):
    to_act = data.draw(st.integers(1, matched))
    asked = {"max_instances": 10_000, "max_percent": percent}
    said = refused(asked, matched=matched, to_act=to_act)
    if said:
        offered = int(said.split("--max-percent ")[1].rstrip(")."))
        assert not refused({**asked, "max_percent": offered}, matched=matched, to_act=to_act)


@pytest.mark.parametrize(
    ("given_limits", "action", "to_act", "most"),
    [
        ({}, "stop", 100, 0),
        ({}, "reboot", 100, 25),
        ({}, "reboot", 3, 1),
        ({}, "start", 100, 0),
        ({"max_unavailable": 2}, "stop", 100, 2),
        ({"max_unavailable": "10%"}, "replace", 55, 5),
        ({"max_unavailable": "100%"}, "patch", 7, 7),
    ],
)
def test_how_many_may_be_away_at_once(given_limits, action, to_act, most):
    assert limits.max_unavailable(given_limits, action, to_act) == most


@pytest.mark.parametrize(
    ("given_limits", "to_act", "budget"),
    [({}, 9, 0), ({}, 10, 1), ({}, 2000, 200), ({"max_errors": 0}, 2000, 0)],
)
def test_the_error_budget_is_a_tenth_unless_another_is_given(given_limits, to_act, budget):
    assert limits.max_errors(given_limits, to_act) == budget


def test_how_often_a_batch_looks_follows_the_seconds_and_has_an_end():
    options = {"verify_seconds": 900, "drain_seconds": 5, "patch_seconds": 14_400}
    assert limits.rounds(options) == {"verify": 30, "drain": 1, "patch": 400}
