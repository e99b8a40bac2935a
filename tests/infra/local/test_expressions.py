"""Schedule expressions name the times that EventBridge would fire at."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.expressions import InvalidExpression, read


def times(expression, start, count=3, timezone="UTC"):
    moment = beginning = datetime.fromisoformat(start).replace(tzinfo=UTC)
    found = []
    for _ in range(count):
        moment = read(expression, timezone).after(moment, beginning)
        if moment is None:
            break
        found.append(moment.strftime("%Y-%m-%d %H:%M"))
    return found


def test_a_rate_counts_from_its_beginning():
    assert times("rate(5 minutes)", "2026-01-01 00:00") == [
        "2026-01-01 00:05",
        "2026-01-01 00:10",
        "2026-01-01 00:15",
    ]
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    late = begun + timedelta(minutes=12)
    assert read("rate(5 minutes)").after(late, begun) == begun + timedelta(minutes=15)


def test_an_at_is_once():
    assert times("at(2026-01-01T08:00:00)", "2026-01-01 00:00") == ["2026-01-01 08:00"]
    assert times("at(2026-01-01T08:00:00)", "2026-01-01 08:00") == []
    assert times("at(2026-01-01T08:00:00)", "2026-01-01 00:00", timezone="Europe/Berlin") == [
        "2026-01-01 07:00"
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 8 ? * MON-FRI *)", ["2026-01-01 08:00", "2026-01-02 08:00", "2026-01-05 08:00"]),
        ("cron(0/15 9 * * ? *)", ["2026-01-01 09:00", "2026-01-01 09:15", "2026-01-01 09:30"]),
        ("cron(0 0 L * ? *)", ["2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00"]),
        ("cron(0 6 ? * 2#1 *)", ["2026-01-05 06:00", "2026-02-02 06:00", "2026-03-02 06:00"]),
        ("cron(0 6 ? * 6L *)", ["2026-01-30 06:00", "2026-02-27 06:00", "2026-03-27 06:00"]),
        ("cron(0 6 ? * FRI-SUN *)", ["2026-01-02 06:00", "2026-01-03 06:00", "2026-01-04 06:00"]),
        ("cron(30 4 1W * ? *)", ["2026-01-01 04:30", "2026-02-02 04:30", "2026-03-02 04:30"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("cron(0 0 1 JAN,JUL ? 2026-2027)", ["2026-07-01 00:00", "2027-01-01 00:00"]),
    ],
)
def test_a_cron_names_its_times(expression, expected):
    assert times(expression, "2026-01-01 00:00")[: len(expected)] == expected


def test_a_cron_follows_its_time_zone_over_a_change_of_clocks():
    expected = ["2026-03-28 01:30", "2026-03-30 00:30"]
    assert times("cron(30 2 * * ? *)", "2026-03-28 00:00", 2, "Europe/Berlin") == expected


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(5 parsecs)",
        "cron(0 8 * * MON *)",
        "cron(0 8 * * *)",
        "cron(61 8 * * ? *)",
        "cron(0 8 ? * 9 *)",
        "soon",
        "at(1)",
    ],
)
def test_what_eventbridge_would_refuse_is_refused(expression):
    with pytest.raises(InvalidExpression):
        read(expression)
