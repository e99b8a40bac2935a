"""The account's clock compresses waits."""

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.clock import Clock


@given(st.floats(0.1, 10_000), st.floats(0, 1e6))
def test_real_seconds_are_account_seconds_by_the_factor(factor, seconds):
    assert Clock(factor).real_seconds(seconds) * factor == pytest.approx(seconds)


def test_the_account_s_time_starts_now_and_runs_ahead():
    clock = Clock(1_000_000)
    first = clock.now()
    threading.Event().wait(0.002)
    assert (clock.now() - first).total_seconds() > 1_000
    assert (first - datetime.now(UTC)).total_seconds() < 1_000_000


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_a_clock_that_does_not_run_is_refused(factor):
    with pytest.raises(ValueError, match="must be above 0"):
        Clock(factor)


def test_a_wait_ends_when_it_is_woken():
    woken = threading.Event()
    woken.set()
    assert Clock(1).wait(3600, woken) is True


def test_a_wait_that_nobody_wakes_tells_so():
    assert Clock(1000).wait(1) is False
