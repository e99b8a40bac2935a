"""What the schedules will do in the days to come, in lines and as a picture."""

import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime

import pytest
from schedules import OFFICE

from schemas.validation import check
from workflows.cli.schedule_pictures import lines, svg
from workflows.outlook import look_ahead

VIENNA = {**OFFICE, "timezone": "Europe/Vienna"}
NIGHTS = {
    "timezone": "Europe/Vienna",
    "periods": [{"days": ["sun"], "start": "02:30", "stop": "05:00"}],
}
MANIFEST = check(
    {
        "name": "shop",
        "schedules": {"office": {**VIENNA, "holidays": ["2026-10-26"]}, "nights": NIGHTS},
        "environments": [
            {
                "name": "dev",
                "stack": "shop-dev",
                "instances": {
                    "tags": {"System": ["shop"]},
                    "schedule": "office",
                    "tiers": [{"name": "database", "tags": {"Tier": ["db"]}}],
                    "auto_scaling": [
                        {
                            "group": "shop-{environment}-web",
                            "business": {"min": 2, "desired": 3, "max": 6},
                            "off": {"min": 0, "desired": 0, "max": 1},
                        }
                    ],
                    "maintenance_windows": [
                        {"days": ["sun"], "from": "22:00", "to": "04:00", "timezone": "UTC"}
                    ],
                },
            }
        ],
    },
    "system",
)
WEDNESDAY = datetime(2026, 10, 21, 10, 20, tzinfo=UTC)


@pytest.fixture
def outlooks():
    return look_ahead([MANIFEST], WEDNESDAY)


def test_each_schedule_of_an_environment_and_those_by_tag_alone_are_there(outlooks):
    assert [(entry.where, entry.name) for entry in outlooks] == [
        ("shop dev", "shop/office"),
        ("by tag only", "shop/nights"),
    ]
    assert [entry.where for entry in look_ahead([MANIFEST], WEDNESDAY, 7, "dev")] == ["shop dev"]
    assert look_ahead([MANIFEST], WEDNESDAY, 7, "prod") == []


def test_the_changes_are_in_local_time_on_both_sides_of_a_change_of_clocks(outlooks):
    at = [f"{at:%a %H:%M%z} {to}" for at, to in outlooks[0].changes()]
    assert at == [
        "Wed 08:00+0200 on",
        "Wed 18:00+0200 off",
        "Thu 08:00+0200 on",
        "Thu 18:00+0200 off",
        "Fri 08:00+0200 on",
        "Fri 18:00+0200 off",
        "Tue 08:00+0100 on",
        "Tue 18:00+0100 off",
    ]


def test_it_says_in_which_order(outlooks):
    office = outlooks[0]
    assert office.acts("on") == "start database, then start the rest, then shop-dev-web to 2/3/6"
    assert office.acts("off") == "shop-dev-web to 0/0/1, then stop the rest, then stop database"


def test_stop_only_says_that_it_starts_nothing():
    lazy = check(
        {**MANIFEST, "schedules": {"office": {**VIENNA, "stop_only": True, "hibernate": True}}},
        "system",
    )
    (office,) = look_ahead([lazy], WEDNESDAY)
    assert office.acts("on") == "nothing (stop only)"
    assert office.acts("off").endswith("hibernate database")


@pytest.mark.parametrize(
    ("now", "day", "notes"),
    [
        (WEDNESDAY, date(2026, 10, 25), ["clocks back 03:00 to 02:00"]),
        (WEDNESDAY, date(2026, 10, 26), ["holiday"]),
        (WEDNESDAY, date(2026, 10, 24), []),
        (
            datetime(2026, 3, 25, tzinfo=UTC),
            date(2026, 3, 29),
            ["clocks forward 02:00 to 03:00"],
        ),
    ],
)
def test_special_days_are_named(now, day, notes):
    assert look_ahead([MANIFEST], now)[0].notes(day) == notes


def test_windows_are_shown_in_the_schedules_zone(outlooks):
    spans = [
        f"{begin:%H:%M}-{end:%H:%M}"
        for day in (date(2026, 10, 25), date(2026, 10, 26))
        for begin, end in outlooks[0].open(day)
    ]
    assert spans == ["23:00-00:00", "00:00-05:00"]


def test_a_day_is_a_line_of_half_hours(outlooks):
    title, hours, *days = lines(outlooks[0])
    assert title == "shop dev: shop/office (Europe/Vienna)"
    assert hours.split() == ["0", "3", "6", "9", "12", "15", "18", "21"]
    assert days[0] == "Wed 21 Oct  " + "·" * 16 + "█" * 20 + "·" * 12 + "  08:00-18:00"
    assert days[4].endswith("▁▁  clocks back 03:00 to 02:00")
    assert days[5] == "Mon 26 Oct  " + "▁" * 10 + "·" * 38 + "  holiday"


def test_a_period_in_the_night_that_exists_twice_is_drawn_by_the_clock_on_the_wall(outlooks):
    nights = list(lines(outlooks[1]))
    assert nights[6] == (
        "Sun 25 Oct  " + "·" * 5 + "█" * 5 + "·" * 38 + "  02:30-05:00; clocks back 03:00 to 02:00"
    )


def test_the_picture_is_svg_with_a_bar_for_each_period(outlooks):
    root = ET.fromstring(svg(outlooks, WEDNESDAY))
    space = "{http://www.w3.org/2000/svg}"
    titles = [title.text for title in root.iter(f"{space}title")]
    assert titles.count("clocks back 03:00 to 02:00") == 2
    assert "Wednesday 08:00-18:00" in titles
    assert "now, 12:20" in titles
    bars = {
        bar.find(f"{space}title").text: bar
        for bar in root.iter(f"{space}rect")
        if bar.find(f"{space}title") is not None
    }
    day = 720
    assert float(bars["Wednesday 08:00-18:00"].get("width")) == day * 10 / 24
    assert float(bars["Sunday 02:30-05:00"].get("width")) == day * 2.5 / 24
    assert all(float(bar.get("width")) >= 0 for bar in root.iter(f"{space}rect"))


def test_names_cannot_break_the_picture():
    odd = look_ahead([MANIFEST], WEDNESDAY)[0]
    marked = odd.__class__(**{**odd.__dict__, "where": "<script>&"})
    assert "<script>" not in svg([marked], WEDNESDAY)
    ET.fromstring(svg([marked], WEDNESDAY))
