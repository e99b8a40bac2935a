"""Old backups go only when enough newer good ones are kept."""

from datetime import UTC, datetime, timedelta

import pytest
from backups import row
from hypothesis import given
from hypothesis import strategies as st

from tasks.backups import pruning

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def made(days, status="good", component="orders"):
    """Give the record of a backup so many days old."""
    at = NOW - timedelta(days=days)
    identifier = f"{at:%Y%m%dt%H%M%S}-0000000a"
    moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return row(identifier, component=component, status=status, at=moment)


def due(rows, retention=35, keep=2):
    return pruning.due(rows, retention, keep, f"{NOW:%Y-%m-%dT%H:%M:%SZ}")


@pytest.mark.parametrize(
    ("ages", "gone"),
    [
        ([1, 8, 40, 50], [50, 40]),
        ([1, 40, 50], [50]),
        ([40, 50], []),
        ([40], []),
        ([1, 8, 35], []),
        ([], []),
    ],
)
def test_what_is_too_old_goes_and_the_newest_stay(ages, gone):
    assert due([made(age) for age in ages]) == [made(age) for age in gone]


def test_a_failed_backup_counts_for_nothing_and_goes_with_time():
    rows = [made(1), made(36, "failed"), made(40), made(41)]

    assert due(rows) == [made(41)]
    assert due([*rows, made(2)]) == [made(41), made(40), made(36, "failed")]


def test_after_a_failure_nothing_of_the_component_goes():
    old = [made(40), made(47), made(54), made(61)]

    assert due([made(1, "failed"), *old]) == []
    assert due([made(1), *old]) == [made(61), made(54), made(47)]


def test_each_component_is_judged_by_its_own_backups():
    rows = [made(1), made(2), made(40), made(40, component="visits")]

    assert due(rows) == [made(40)]


records = st.lists(
    st.tuples(
        st.integers(0, 400), st.sampled_from(["good", "failed"]), st.sampled_from(["a", "b"])
    ),
    unique_by=lambda entry: (entry[0], entry[2]),
    max_size=25,
)


@given(records, st.integers(1, 100), st.integers(1, 5))
def test_the_newest_good_ones_always_stay_and_nothing_young_goes(entries, retention, keep):
    rows = [made(*entry) for entry in entries]

    gone = due(rows, retention, keep)

    stay = [one for one in rows if one not in gone]
    for component in ("a", "b"):
        good = [one for one in rows if one["component"] == component and one["status"] == "good"]
        newest = sorted(good, key=lambda one: one["backup"], reverse=True)[:keep]
        assert all(one in stay for one in newest)
    for one in gone:
        assert NOW - datetime.fromisoformat(one["at"]) > timedelta(days=retention)
        newer = [
            other
            for other in stay
            if other["component"] == one["component"]
            and other["status"] == "good"
            and other["backup"] > one["backup"]
        ]
        assert len(newer) >= keep


@given(records)
def test_pruning_twice_finds_nothing_more(entries):
    rows = [made(*entry) for entry in entries]
    gone = due(rows)

    assert due([one for one in rows if one not in gone]) == []
