"""Which of daytwo's snapshots and images a drill restores."""

import pytest
from drill_documents import drill
from hypothesis import given
from hypothesis import strategies as st
from volumes import data, make_snapshot, make_volume, point
from weather import ec2_client

from tasks.drills.folders import Folder
from tasks.errors import NothingToRestore
from tasks.servers import points
from tasks.servers.points import Point

MON, TUE, WED = (f"2026-11-0{day}T03:00:00Z" for day in (2, 3, 4))


def made(id, source, at, backup=""):
    return Point(id, source, at, backup or at, {})


KNOWN = [
    made("snap-1", "vol-a", MON),
    made("snap-2", "vol-a", TUE),
    made("snap-3", "vol-b", MON),
    made("snap-4", "vol-b", TUE),
    made("snap-5", "vol-c", WED),
]


@pytest.mark.parametrize(
    ("asked", "existing", "expected"),
    [
        (point(), ["vol-a", "vol-b"], ["snap-2", "snap-4"]),
        (point(), ["vol-a", "vol-b", "vol-c"], ["snap-2", "snap-4", "snap-5"]),
        (point(at=MON), ["vol-a", "vol-b"], ["snap-1", "snap-3"]),
        (point(at="2026-11-03T02:59:59.9Z"), ["vol-a"], ["snap-1"]),
        (point(id=TUE), ["vol-a"], ["snap-2", "snap-4"]),
        (point(id=TUE, at=MON), ["vol-a"], ["snap-2", "snap-4"]),
        (point(), [], ["snap-5"]),
        (point(at=TUE), [], ["snap-2", "snap-4"]),
    ],
    ids=[
        "newest",
        "all",
        "until",
        "before",
        "of-a-backup",
        "begun-before",
        "sources-gone",
        "gone-until",
    ],
)
def test_the_newest_of_each_is_taken(asked, existing, expected):
    assert [one.id for one in points.choose(KNOWN, asked, existing)] == expected


def test_a_snapshot_that_is_named_is_taken_alone():
    assert points.choose(KNOWN[:1], point(id="snap-1"), ["vol-a", "vol-b"]) == KNOWN[:1]


@pytest.mark.parametrize(
    ("asked", "existing", "said"),
    [
        (point(), ["vol-a", "vol-z"], "1 of 2 have no backup of daytwo's: vol-z"),
        (point(at=MON), ["vol-c"], f"from {MON} or before: vol-c"),
        (point(id="20990101t000000-00000000"), ["vol-a"], "no backup of daytwo's named 2099"),
    ],
)
def test_what_has_no_backup_is_named(asked, existing, said):
    with pytest.raises(NothingToRestore, match=said):
        points.choose(KNOWN, asked, existing)


def test_nothing_at_all_is_nothing_to_restore():
    with pytest.raises(NothingToRestore, match="no backup of daytwo's to restore from"):
        points.choose([], point(), [])


MADE = st.builds(
    made,
    st.integers(0, 999).map(lambda number: f"snap-{number:03d}"),
    st.sampled_from(["vol-a", "vol-b"]),
    st.sampled_from([MON, TUE, WED]),
)


@given(st.lists(MADE, min_size=1), st.randoms())
def test_no_volume_is_restored_from_an_older_snapshot_than_its_newest(known, random):
    existing = {one.source for one in known}
    mixed = random.sample(known, len(known))

    chosen = points.choose(mixed, point(), existing)

    assert {one.source for one in chosen} == existing
    for one in chosen:
        assert one.at == max(each.at for each in known if each.source == one.source)


def test_snapshots_are_found_by_the_marks_of_the_system_and_component(aws):
    ec2 = ec2_client()
    volume = make_volume(ec2)
    snapshot = make_snapshot(ec2, volume)
    ec2.create_snapshot(VolumeId=volume)

    (found,) = points.of_snapshots(data(), drill(), ec2)

    assert (found.id, found.source, found.at) == (snapshot, volume, "2026-11-01T03:00:00Z")


def test_a_snapshot_that_does_not_exist_is_nothing_to_restore(aws):
    named = data(recovery_point=point(id="snap-0123456789abcdef0"))

    with pytest.raises(NothingToRestore):
        points.of_snapshots(named, drill(), ec2_client())


def test_what_was_chosen_first_stands(s3, evidence_bucket):
    folder = Folder(drill(), "data", evidence_bucket, s3)

    first = points.plan(folder, lambda: [{"snapshot": "snap-1"}])
    second = points.plan(folder, lambda: [{"snapshot": "snap-2"}])

    assert first == second == [{"snapshot": "snap-1"}]
