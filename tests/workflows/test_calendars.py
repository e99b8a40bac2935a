"""Holidays out of iCalendar files."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schedules import manifest

from schemas.validation import InvalidDocument
from workflows import calendars, systems

TODAY = date(2026, 1, 12)


def calendar(*events):
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n"


def days(*events):
    return [str(day) for day in calendars.holidays(calendar(*events), TODAY)]


def test_an_all_day_event_is_a_holiday():
    assert days("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas") == ["2026-12-25"]


def test_the_day_of_its_end_is_none_any_more():
    event = "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227"
    assert days(event) == ["2026-12-24", "2026-12-25", "2026-12-26"]


@pytest.mark.parametrize(("duration", "count"), [("P1D", 1), ("P3D", 3), ("P1W", 7)])
def test_a_duration_does_as_well_as_an_end(duration, count):
    assert len(days(f"DTSTART;VALUE=DATE:20261224\r\nDURATION:{duration}")) == count


def test_each_year_is_written_out_for_the_years_ahead():
    assert days("DTSTART;VALUE=DATE:19700101\r\nRRULE:FREQ=YEARLY") == [
        "2026-01-01",
        "2027-01-01",
        "2028-01-01",
        "2029-01-01",
    ]


def test_the_fourth_thursday_of_november_moves():
    event = "DTSTART;VALUE=DATE:20201126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"
    assert days(event)[:2] == ["2026-11-26", "2027-11-25"]


def test_what_is_excepted_added_or_past_counts():
    event = (
        "DTSTART;VALUE=DATE:20260501\r\nRRULE:FREQ=YEARLY;UNTIL=20280501T000000Z\r\n"
        "EXDATE;VALUE=DATE:20270501\r\nRDATE;VALUE=DATE:20270503,20250101"
    )
    assert days(event) == ["2026-05-01", "2027-05-03", "2028-05-01"]


def test_events_with_a_time_of_day_and_cancelled_ones_are_no_holidays():
    timed = "DTSTART:20260707T120000Z\r\nDTEND:20260707T130000Z"
    cancelled = "DTSTART;VALUE=DATE:20260708\r\nSTATUS:CANCELLED"
    assert days(timed, cancelled, "DTSTART;VALUE=DATE:20260709") == ["2026-07-09"]


def test_folded_lines_and_alarms_within_events_are_read():
    event = (
        "DTSTART;VALUE=\r\n DATE:20261225\r\nBEGIN:VALARM\r\nTRIGGER:-P1D\r\n"
        "DURATION:PT5M\r\nEND:VALARM"
    )
    assert days(event) == ["2026-12-25"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "no BEGIN:VCALENDAR"),
        (calendar(), "no all-day event"),
        (calendar("DTSTART:20260707T120000Z"), "no all-day event"),
        (calendar("SUMMARY:x"), "no DTSTART"),
        (calendar("DTSTART;VALUE=DATE:20261332"), "is no date"),
        (calendar("DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=SOMETIMES"), "the rule"),
        (calendar("DTSTART;VALUE=DATE:20260101\r\nDURATION:PT5M"), "DURATION 'PT5M'"),
        (calendar("DTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DATE:20280101"), "lasts 730 days"),
        (calendar("DTSTART;VALUE=DATE:20260101\r\nnonsense"), "is no property: 'nonsense'"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101", "no END:VEVENT"),
    ],
)
def test_what_is_no_calendar_is_said_in_words(text, said):
    with pytest.raises(calendars.Unreadable, match=said):
        calendars.holidays(text, TODAY)


@given(st.text(alphabet="BEGINDVCALRTSPO:;=\r\n 0123456789-TZ", max_size=200))
def test_any_other_text_is_refused_and_nothing_else_happens(text):
    try:
        calendars.holidays("BEGIN:VCALENDAR\r\n" + text, TODAY)
    except calendars.Unreadable:
        return


@given(st.lists(st.dates(date(2026, 1, 1), date(2029, 12, 31)), min_size=1, unique=True))
def test_each_day_of_a_list_comes_back(listed):
    assert days(*(f"DTSTART;VALUE=DATE:{day:%Y%m%d}" for day in listed)) == sorted(map(str, listed))


def office(**fields):
    plain = manifest()["schedules"]["office-hours"]
    return manifest(schedules={"office-hours": {**plain, **fields}})


def test_a_manifests_calendar_joins_its_holidays(tmp_path):
    (tmp_path / "days.ics").write_text(calendar("DTSTART;VALUE=DATE:20261225"))
    given_ = office(calendar="days.ics", holidays=["2026-12-31", "2026-12-25"])
    expanded = calendars.expand(given_, tmp_path, TODAY)["schedules"]["office-hours"]
    assert expanded["holidays"] == ["2026-12-25", "2026-12-31"]
    assert expanded["calendar"] == ""
    assert calendars.expand(manifest(), tmp_path) == manifest()


@pytest.mark.parametrize(
    ("name", "said"), [("gone.ics", "No such file"), ("../days.ics", "beside the manifest")]
)
def test_a_calendar_that_is_not_there_is_named(tmp_path, name, said):
    folder = tmp_path / "system"
    folder.mkdir()
    (tmp_path / "days.ics").write_text(calendar("DTSTART;VALUE=DATE:20261225"))
    with pytest.raises(InvalidDocument, match=rf"schedules.office-hours.calendar: .*{said}"):
        calendars.expand(office(calendar=name), folder)


def test_a_manifest_with_a_calendar_that_nobody_read_is_not_registered():
    with pytest.raises(InvalidDocument, match=r"office-hours.calendar: days.ics is not read"):
        systems.put(office(calendar="days.ics"), "alice", None)
