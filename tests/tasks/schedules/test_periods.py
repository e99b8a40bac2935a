"""What a schedule asks for, above all on the nights on which the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.schedules import periods
from tasks.schedules.times import DAYS, moment

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def schedule(start="08:00", stop="18:00", days=WEEKDAYS, timezone="Europe/Vienna", holidays=()):
    return {
        "timezone": timezone,
        "periods": [{"days": list(days), "start": start, "stop": stop}],
        "holidays": list(holidays),
    }


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changed(found, start, end):
    return [
        (at.strftime("%Y-%m-%d %H:%M"), to)
        for at, to in periods.changes(found, utc(start), utc(end))
    ]


class TestAnOrdinaryWeek:
    def test_begins_and_ends_with_the_minute(self):
        office = schedule()  # Vienna is an hour ahead of UTC in winter
        assert periods.goal(office, utc("2026-01-12T06:59:59")) == "off"
        assert periods.goal(office, utc("2026-01-12T07:00:00")) == "on"
        assert periods.goal(office, utc("2026-01-12T16:59:59")) == "on"
        assert periods.goal(office, utc("2026-01-12T17:00:00")) == "off"

    def test_has_no_change_on_the_weekend(self):
        assert changed(schedule(), "2026-01-16T00:00:00", "2026-01-19T12:00:00") == [
            ("2026-01-16 07:00", "on"),
            ("2026-01-16 17:00", "off"),
            ("2026-01-19 07:00", "on"),
        ]

    def test_a_period_over_midnight_belongs_to_the_day_it_begins_on(self):
        night = schedule("22:00", "06:00", ["fri"], "UTC")
        assert changed(night, "2026-01-12T00:00:00", "2026-01-19T00:00:00") == [
            ("2026-01-16 22:00", "on"),
            ("2026-01-17 06:00", "off"),
        ]

    def test_a_whole_day_ends_with_it(self):
        sunday = schedule("00:00", "24:00", ["sun"], "UTC")
        assert changed(sunday, "2026-01-12T00:00:00", "2026-01-20T00:00:00") == [
            ("2026-01-18 00:00", "on"),
            ("2026-01-19 00:00", "off"),
        ]

    def test_periods_that_touch_or_overlap_are_one(self):
        found = schedule("08:00", "12:00", timezone="UTC")
        found["periods"] += [
            {"days": ["mon"], "start": "12:00", "stop": "14:00"},
            {"days": ["mon"], "start": "13:00", "stop": "18:00"},
        ]
        assert changed(found, "2026-01-12T00:00:00", "2026-01-13T00:00:00") == [
            ("2026-01-12 08:00", "on"),
            ("2026-01-12 18:00", "off"),
        ]

    def test_what_is_always_on_never_changes(self):
        always = schedule("00:00", "24:00", DAYS)
        assert periods.goal(always, utc("2026-03-29T01:30:00")) == "on"
        assert periods.next_change(always, utc("2026-01-12T00:00:00")) is None


class TestAHoliday:
    def test_nothing_begins(self):
        office = schedule(timezone="UTC", holidays=["2026-01-13"])
        assert changed(office, "2026-01-12T12:00:00", "2026-01-14T12:00:00") == [
            ("2026-01-12 18:00", "off"),
            ("2026-01-14 08:00", "on"),
        ]

    def test_what_began_the_evening_before_goes_on_to_its_end(self):
        night = schedule("22:00", "06:00", DAYS, "UTC", holidays=["2026-01-13"])
        assert changed(night, "2026-01-12T12:00:00", "2026-01-14T23:00:00") == [
            ("2026-01-12 22:00", "on"),
            ("2026-01-13 06:00", "off"),
            ("2026-01-14 22:00", "on"),
        ]

    def test_is_the_day_of_the_schedules_own_zone(self):
        tokyo = schedule("08:00", "18:00", DAYS, "Asia/Tokyo", holidays=["2026-01-13"])
        # 8 in the morning in Tokyo is 23:00 UTC of the day before.
        assert changed(tokyo, "2026-01-12T12:00:00", "2026-01-14T00:00:00") == [
            ("2026-01-13 23:00", "on")
        ]

    def test_a_year_of_them_is_looked_over(self):
        holidays = [str(date(2026, 1, 1) + number * DAY) for number in range(365)]
        office = schedule(holidays=holidays)
        assert periods.next_change(office, utc("2026-01-01T00:00:00")) == utc("2027-01-01T07:00:00")


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        # 29 March 2026, Vienna: the clocks go from 02:00 to 03:00 at 01:00 UTC.
        ("02:30", "05:00", [("01:00", "on"), ("03:00", "off")]),
        ("02:00", "02:30", []),
        ("02:10", "02:50", []),
        ("02:30", "03:00", []),
        ("02:30", "03:01", [("01:00", "on"), ("01:01", "off")]),
        ("01:30", "02:30", [("00:30", "on"), ("01:00", "off")]),
        ("03:00", "04:00", [("01:00", "on"), ("02:00", "off")]),
    ],
)
def test_a_time_that_the_clocks_skip_is_the_first_minute_after_the_gap(start, stop, expected):
    found = schedule(start, stop, ["sun"])
    at = [
        (change[0][11:], change[1])
        for change in changed(found, "2026-03-28T23:00:00", "2026-03-29T22:00:00")
    ]
    assert at == expected


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        # 25 October 2026, Vienna: 02:00 to 03:00 comes at 00:00 UTC and again at 01:00 UTC.
        ("02:30", "05:00", [("00:30", "on"), ("04:00", "off")]),
        ("02:15", "02:45", [("00:15", "on"), ("00:45", "off")]),
        ("01:30", "02:30", [("23:30", "on"), ("00:30", "off")]),
        ("02:30", "03:00", [("00:30", "on"), ("02:00", "off")]),
    ],
)
def test_a_time_that_the_clocks_show_twice_is_the_first_of_both(start, stop, expected):
    found = schedule(start, stop, ["sun"])
    at = [
        (change[0][11:], change[1])
        for change in changed(found, "2026-10-24T22:00:00", "2026-10-25T22:00:00")
    ]
    assert at == expected


@pytest.mark.parametrize(
    ("timezone", "day", "clock", "expected"),
    [
        # Midnight does not exist in Santiago on 6 September 2026, half an hour not on Lord Howe.
        ("America/Santiago", date(2026, 9, 6), "00:00", "2026-09-06T04:00:00"),
        ("America/Santiago", date(2026, 9, 5), "24:00", "2026-09-06T04:00:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "02:10", "2026-10-03T15:30:00"),
        # Samoa had no 30 December 2011 at all.
        ("Pacific/Apia", date(2011, 12, 30), "08:00", "2011-12-30T10:00:00"),
        ("Pacific/Apia", date(2011, 12, 30), "18:00", "2011-12-30T10:00:00"),
    ],
)
def test_gaps_of_any_length_and_hour_end_with_their_first_minute(timezone, day, clock, expected):
    assert moment(day, clock, ZoneInfo(timezone)) == utc(expected)


ZONES = [
    "UTC",
    "Europe/Vienna",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@settings(max_examples=60, deadline=None)
@given(
    timezone=st.sampled_from(ZONES),
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    clock=clocks,
)
def test_a_local_time_is_the_first_minute_at_which_the_clocks_show_it_or_more(timezone, day, clock):
    place = ZoneInfo(timezone)
    asked = datetime.combine(day, datetime.min.time()) + timedelta(
        hours=int(clock[:2]), minutes=int(clock[3:])
    )
    found = moment(day, clock, place)
    begin = datetime.combine(day - DAY, datetime.min.time()).replace(hour=12, tzinfo=place)
    minute = begin.astimezone(UTC)
    while minute.astimezone(place).replace(tzinfo=None) < asked:
        minute += MINUTE
    assert found == minute


@st.composite
def schedules(draw):
    several = st.lists(
        st.fixed_dictionaries(
            {
                "days": st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
                "start": clocks,
                "stop": clocks,
            }
        ).filter(lambda period: period["start"] != period["stop"]),
        min_size=1,
        max_size=3,
    )
    return {
        "timezone": draw(st.sampled_from(ZONES)),
        "periods": draw(several),
        "holidays": draw(st.lists(st.dates(date(2026, 3, 20), date(2026, 4, 10)).map(str))),
    }


@settings(max_examples=80, deadline=None)
@given(found=schedules(), minutes=st.integers(0, 14 * 24 * 60))
def test_the_goal_is_what_the_last_change_made_it(found, minutes):
    start = utc("2026-03-23T00:00:00")
    at = start + minutes * MINUTE
    before = periods.goal(found, start)
    to = [goal for when, goal in periods.changes(found, start, at)]
    assert periods.goal(found, at) == (to[-1] if to else before)
    assert all(one != other for one, other in zip([before, *to], to, strict=False))


@settings(max_examples=60, deadline=None)
@given(found=schedules(), minutes=st.integers(0, 14 * 24 * 60))
def test_the_next_change_is_the_first_of_all(found, minutes):
    at = utc("2026-03-23T00:00:00") + minutes * MINUTE
    following = periods.next_change(found, at)
    if following is None:  # periods that leave no minute out
        assert {periods.goal(found, at + day * periods.DAY) for day in range(30)} == {"on"}
        return
    assert periods.goal(found, following) != periods.goal(found, following - MINUTE)
    assert periods.goal(found, following - MINUTE) == periods.goal(found, at)


@settings(max_examples=40, deadline=None)
@given(found=schedules())
def test_the_times_on_and_the_changes_tell_the_same(found):
    start, end = utc("2026-03-23T00:00:00"), utc("2026-04-06T00:00:00")
    on = periods.periods_between(found, start, end)
    edges = {edge for span in on for edge in span} - {start, end}
    assert edges == {at for at, _ in periods.changes(found, start, end)} - {end}


def test_the_nights_on_which_clocks_change_are_told():
    start, end = utc("2026-01-01T00:00:00"), utc("2026-12-31T00:00:00")
    hour = timedelta(hours=1)
    assert periods.clock_changes("Europe/Vienna", start, end) == [
        (utc("2026-03-29T01:00:00"), hour),
        (utc("2026-10-25T01:00:00"), -hour),
    ]
    assert periods.clock_changes("UTC", start, end) == []
