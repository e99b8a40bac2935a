"""The drill's clock: it rises, a measurement is never 0, and what is missing is said."""

from datetime import UTC, datetime, timedelta

import pytest
from drill_documents import NOW, PLANNED_AT, TIMES, at
from hypothesis import given
from hypothesis import strategies as st

from tasks.drills import clocks

START = datetime(2026, 11, 2, 3, tzinfo=UTC)
RISING = {f"t{number}": at(number + 1) for number in range(7)}


def measured(times, wanted=clocks.RESTORE_TIME):
    return clocks.measure(times, wanted, PLANNED_AT, NOW)


def test_a_drill_of_data_alone_has_a_restore_time_and_no_rto():
    assert measured(TIMES) == (-1, 30 * 60, [])
    assert measured(RISING).rto_seconds == clocks.NOT_MEASURED


def test_where_something_fails_the_rto_is_from_failure_to_service():
    assert measured(RISING, clocks.RTO) == (6 * 60, 2 * 60, [])


def test_a_part_of_a_second_counts_as_a_whole():
    times = {**TIMES, "t5": "2026-11-02T03:31:00.001Z"}
    assert measured(times).restore_seconds == 30 * 60 + 1


@pytest.mark.parametrize(
    ("times", "wanted", "fault"),
    [
        ({**TIMES, "t4": at(0, 30)}, "restore_time", "T4 at 2026-11-02T03:00:30Z lies before T3"),
        ({**TIMES, "t3": "2026-11-02T02:00:00Z"}, "restore_time", "before the drill's beginning"),
        ({**TIMES, "t5": "2026-11-02T05:00:00Z"}, "restore_time", "the record of it at"),
        ({**TIMES, "t5": ""}, "restore_time", "T5 never came"),
        ({}, "restore_time", "T3 and T5 never came"),
        (TIMES, "rto", "T0 and T6 never came"),
        ({**TIMES, "t4": "", "t5": TIMES["t3"]}, "restore_time", "0 s is no measurement"),
        ({**RISING, "t5": at(2)}, "rto", "T5 at 2026-11-02T03:02:00Z lies before T4"),
    ],
)
def test_what_cannot_be_right_is_said(times, wanted, fault):
    (said,) = measured(times, wanted).faults
    assert fault in said


def test_each_phase_is_reported():
    assert list(clocks.phases(RISING)) == list(clocks.PHASES.values())
    assert clocks.phases(TIMES) == {"restore": 1200.5, "validation": 599.5}


@pytest.mark.parametrize(
    ("newest", "lost"),
    [
        ("2026-11-02T02:55:00Z", 301),
        (PLANNED_AT, 0),
        ("2026-11-02T03:30:00Z", 0),
        ("2026-11-02T03:00:00.25+00:00", 1),
    ],
)
def test_the_rpo_is_from_the_newest_record_to_the_failure_and_never_below_0(newest, lost):
    assert clocks.rpo(PLANNED_AT, newest) == lost


@given(st.lists(st.integers(min_value=1, max_value=10**6), min_size=7, max_size=7))
def test_times_that_rise_have_no_fault_and_their_phases_make_up_the_whole(gaps):
    moments, moment = [], START
    for gap in gaps:
        moment += timedelta(milliseconds=gap)
        moments.append(moment.isoformat().replace("+00:00", "Z"))
    times = dict(zip(clocks.MARKS, moments, strict=True))
    ended = (moment + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    found = clocks.measure(times, clocks.RTO, "2026-11-02T03:00:00Z", ended)
    assert found.faults == []
    assert found.rto_seconds > 0
    assert sum(clocks.phases(times).values()) == pytest.approx(sum(gaps[1:]) / 1000)


@given(
    st.lists(st.integers(min_value=0, max_value=10**6), min_size=7, max_size=7, unique=True),
)
def test_any_order_but_the_rising_one_is_a_fault(offsets):
    moments = [(START + timedelta(seconds=offset)).isoformat() for offset in offsets]
    times = dict(zip(clocks.MARKS, moments, strict=True))
    faults = clocks.disorder(times, START.isoformat(), "2027-01-01T00:00:00Z")
    assert bool(faults) == (offsets != sorted(offsets))
