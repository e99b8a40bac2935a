"""When a maintenance window is open."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ScheduleInvalid
from tasks.schedules.windows import in_words, is_open

SUNDAY_NIGHT = {"days": ["sun"], "from": "02:00", "to": "06:00", "timezone": "Europe/Vienna"}
OVER_MIDNIGHT = {"days": ["sat"], "from": "22:00", "to": "04:00", "timezone": "UTC"}
ALL_SUNDAY = {"days": ["sun"], "from": "00:00", "to": "24:00", "timezone": "UTC"}
IN_THE_GAP = {"days": ["sun"], "from": "02:10", "to": "02:50", "timezone": "Europe/Vienna"}


@pytest.mark.parametrize(
    ("window", "moment", "open_"),
    [
        # 5 July 2026 is a Sunday; Vienna is two hours ahead of UTC.
        (SUNDAY_NIGHT, "2026-07-04T23:59:59+00:00", False),
        (SUNDAY_NIGHT, "2026-07-05T00:00:00+00:00", True),
        (SUNDAY_NIGHT, "2026-07-05T03:59:59+00:00", True),
        (SUNDAY_NIGHT, "2026-07-05T04:00:00+00:00", False),
        (SUNDAY_NIGHT, "2026-07-06T01:00:00+00:00", False),
        (OVER_MIDNIGHT, "2026-07-04T22:00:00+00:00", True),
        (OVER_MIDNIGHT, "2026-07-05T03:59:00+00:00", True),
        (OVER_MIDNIGHT, "2026-07-05T04:00:00+00:00", False),
        (OVER_MIDNIGHT, "2026-07-04T03:00:00+00:00", False),
        (ALL_SUNDAY, "2026-07-05T23:59:59+00:00", True),
        (ALL_SUNDAY, "2026-07-06T00:00:00+00:00", False),
        # 29 March 2026: 02:00 to 03:00 does not exist in Vienna, so 02:00 is 01:00 UTC.
        (SUNDAY_NIGHT, "2026-03-29T00:59:00+00:00", False),
        (SUNDAY_NIGHT, "2026-03-29T01:00:00+00:00", True),
        (SUNDAY_NIGHT, "2026-03-29T04:00:00+00:00", False),
        (IN_THE_GAP, "2026-03-29T01:00:00+00:00", False),
        (IN_THE_GAP, "2026-03-22T01:30:00+00:00", True),
        # 25 October 2026: 02:00 to 03:00 exists twice; the window opens at the first 02:00.
        (SUNDAY_NIGHT, "2026-10-24T23:59:00+00:00", False),
        (SUNDAY_NIGHT, "2026-10-25T00:00:00+00:00", True),
        (SUNDAY_NIGHT, "2026-10-25T04:59:00+00:00", True),
        (SUNDAY_NIGHT, "2026-10-25T05:00:00+00:00", False),
    ],
)
def test_a_window_is_open_from_its_first_minute_to_before_its_last(window, moment, open_):
    assert is_open([window], datetime.fromisoformat(moment)) is open_


def test_without_windows_any_moment_is_good():
    assert is_open([], datetime(2026, 1, 1, tzinfo=UTC))


def test_one_open_window_is_enough():
    sunday = datetime(2026, 7, 5, 12, tzinfo=UTC)
    assert is_open([SUNDAY_NIGHT, ALL_SUNDAY], sunday)


def test_a_zone_that_does_not_exist_is_named_with_the_one_that_is_near():
    with pytest.raises(ScheduleInvalid, match=r"'Europe/Wien' is no IANA time zone"):
        is_open([{**SUNDAY_NIGHT, "timezone": "Europe/Wien"}], datetime.now(UTC))
    with pytest.raises(ScheduleInvalid, match=r"is Europe/Vienna meant\?"):
        is_open([{**SUNDAY_NIGHT, "timezone": "Europe/Viena"}], datetime.now(UTC))


@given(
    minutes=st.integers(0, 60 * 24 * 7 - 1),
    windows=st.lists(st.sampled_from([SUNDAY_NIGHT, OVER_MIDNIGHT, ALL_SUNDAY]), min_size=1),
)
def test_in_a_week_without_a_change_of_clocks_it_is_open_as_the_week_before(minutes, windows):
    moment = datetime(2026, 7, 6, tzinfo=UTC) + timedelta(minutes=minutes)
    assert is_open(windows, moment) == is_open(windows, moment + timedelta(weeks=1))


def test_windows_are_told_as_a_person_reads_them():
    assert in_words([SUNDAY_NIGHT, ALL_SUNDAY]) == (
        "sun 02:00 to 06:00 (Europe/Vienna), sun 00:00 to 24:00 (UTC)"
    )
