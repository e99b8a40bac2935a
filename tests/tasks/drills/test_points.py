"""Choosing what to restore from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.drills import clocks, points
from tasks.drills.points import NoPoint, Source

LOG = Source(
    log="pitr",
    earliest="2026-10-01T00:00:00.500000+00:00",
    latest="2026-11-02T02:55:00.900000+00:00",
)


def backup(identifier, at, *ids):
    saved = [{"id": one, "resource": "items", "at": at} for one in ids or (f"arn:{identifier}",)]
    return {"backup": identifier, "at": at, "points": saved, "manifest_key": f"{identifier}.json"}


SAVED = Source(
    saved="snapshot",
    backups=[
        backup("20261101t030000-0000000b", "2026-11-01T03:00:00Z"),
        backup("20261025t030000-0000000a", "2026-10-25T03:00:00Z", "snap-1", "snap-2"),
    ],
    without="Its log is off",
)


def chosen(asked, source=LOG, not_after="", seed="monthly-1 items"):
    return points.choose(asked, source, not_after, seed)


def test_the_latest_point_is_the_end_of_the_log():
    assert chosen("latest") == {
        "kind": "pitr",
        "id": "",
        "at": "2026-11-02T02:55:00Z",
        "manifest_key": "",
    }


def test_a_moment_of_the_log_is_taken_as_it_is():
    assert chosen("2026-10-15T12:00:00+02:00")["at"] == "2026-10-15T10:00:00Z"
    assert chosen("2026-10-01T00:00:01Z")["at"] == "2026-10-01T00:00:01Z"


@pytest.mark.parametrize("asked", ["2026-10-01T00:00:00Z", "2026-11-02T02:55:01Z"])
def test_a_moment_outside_the_log_is_refused_with_the_window(asked):
    with pytest.raises(NoPoint, match="has 2026-10-01T00:00:01Z to 2026-11-02T02:55:00Z"):
        chosen(asked)


@given(seed=st.text(), cap=st.one_of(st.just(""), st.just("2026-10-20T00:00:00Z")))
def test_a_random_point_is_in_the_window_and_the_same_for_the_same_drill(seed, cap):
    at = clocks.instant(chosen("random", not_after=cap, seed=seed)["at"])
    assert clocks.instant(LOG.earliest) <= at <= clocks.instant(cap or LOG.latest)
    assert chosen("random", not_after=cap, seed=seed)["at"] == points.iso(at)


def test_random_points_of_different_drills_differ():
    found = {chosen("random", seed=f"monthly-{number} items")["at"] for number in range(50)}
    assert len(found) > 45


def test_before_a_breach_the_latest_point_is_the_one_before_it():
    assert chosen("latest", not_after="2026-11-01T03:00:00Z")["at"] == "2026-11-01T03:00:00Z"
    with pytest.raises(NoPoint, match="after the latest moment that may be restored"):
        chosen("latest", not_after="2026-09-01T00:00:00Z")
    with pytest.raises(NoPoint, match="is outside"):
        chosen("2026-11-02T00:00:00Z", not_after="2026-11-01T03:00:00Z")


def test_without_a_log_the_newest_backup_is_taken():
    assert chosen("latest", SAVED) == {
        "kind": "snapshot",
        "id": "arn:20261101t030000-0000000b",
        "at": "2026-11-01T03:00:00Z",
        "manifest_key": "20261101t030000-0000000b.json",
    }


def test_a_backup_of_several_things_is_named_by_its_own_id():
    assert chosen("2026-10-31T00:00:00Z", SAVED)["id"] == "20261025t030000-0000000a"


@pytest.mark.parametrize("asked", ["20261025t030000-0000000a", "snap-2"])
def test_a_backup_is_named_by_its_id_or_by_that_of_a_part(asked):
    assert chosen(asked, SAVED)["at"] == "2026-10-25T03:00:00Z"


@pytest.mark.parametrize(
    ("asked", "not_after", "told"),
    [
        ("latest", "2026-10-01T00:00:00Z", "no good backup from before 2026-10-01T00:00:00Z"),
        ("2026-10-01T00:00:00Z", "", "Its log is off, and there is no good backup from before"),
        ("20260101t000000-0000000c", "", "has no good backup 20260101t000000-0000000c"),
        ("20261101t030000-0000000b", "2026-10-30T00:00:00Z", "later than 2026-10-30T00:00:00Z"),
    ],
)
def test_a_backup_that_is_not_there_is_refused(asked, not_after, told):
    with pytest.raises(NoPoint, match=told):
        chosen(asked, SAVED, not_after)


def test_nothing_at_all_is_no_recovery_point():
    with pytest.raises(NoPoint, match="Back it up with: daytwo backup"):
        chosen("latest", Source(without="Its point-in-time recovery is off"))


def test_a_random_backup_is_one_of_those_there_are():
    found = {chosen("random", SAVED, seed=str(number))["at"] for number in range(20)}
    assert found == {"2026-11-01T03:00:00Z", "2026-10-25T03:00:00Z"}
