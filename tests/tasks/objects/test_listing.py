"""What a bucket held at a moment is found from its versions, however they come in pages."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tasks.objects import listing

START = datetime(2026, 11, 2, 3, tzinfo=UTC)


def after(minutes):
    return START + timedelta(minutes=minutes)


def version(key, minutes, name="", latest=False):
    return {
        "Key": key,
        "VersionId": name or f"{key}{minutes}",
        "Size": 1,
        "ETag": '"e"',
        "LastModified": after(minutes),
        "IsLatest": latest,
    }


def found(page, minutes):
    entries = listing.as_of(listing.entries(page), after(minutes))
    return [(entry.key, entry.version_id, entry.deleted) for entry in entries]


def test_the_newest_version_up_to_the_moment_stands():
    page = {"Versions": [version("a", 3), version("a", 2), version("a", 1)]}

    assert found(page, 2) == [("a", "a2", False)]


def test_a_key_that_came_later_is_nothing():
    assert found({"Versions": [version("a", 3)]}, 2) == []


def test_an_object_that_was_deleted_by_then_stands_as_deleted():
    page = {"Versions": [version("a", 1)], "DeleteMarkers": [version("a", 2)]}

    assert found(page, 3) == [("a", "a2", True)]


def test_an_object_that_was_deleted_later_is_restored():
    page = {"Versions": [version("a", 1)], "DeleteMarkers": [version("a", 3)]}

    assert found(page, 2) == [("a", "a1", False)]


def test_an_object_that_came_back_after_a_deletion_is_restored():
    page = {
        "Versions": [version("a", 3), version("a", 1)],
        "DeleteMarkers": [version("a", 2)],
    }

    assert found(page, 3) == [("a", "a3", False)]


def test_of_the_same_second_the_one_that_s3_calls_the_latest_is_the_newer():
    gone = {
        "Versions": [version("a", 1, "v")],
        "DeleteMarkers": [version("a", 1, "m", latest=True)],
    }
    back = {
        "Versions": [version("a", 1, "v", latest=True)],
        "DeleteMarkers": [version("a", 1, "m")],
    }

    assert found(gone, 1) == [("a", "m", True)]
    assert found(back, 1) == [("a", "v", False)]


def test_of_the_same_second_in_the_past_the_object_is_kept_rather_than_lost():
    page = {
        "Versions": [version("a", 1, "v")],
        "DeleteMarkers": [version("a", 1, "m"), version("a", 2)],
    }

    assert found(page, 1) == [("a", "v", False)]


histories = st.dictionaries(
    st.sampled_from(["a", "a/b", "b", "ä", "z"]),
    st.lists(
        st.tuples(st.integers(0, 9), st.booleans()),
        min_size=1,
        max_size=5,
        unique_by=lambda change: change[0],
    ),
    max_size=5,
)


@given(histories, st.integers(0, 9), st.integers(1, 4))
def test_the_pages_decide_nothing(history, moment, size):
    changes = sorted(
        ((key, minutes, deleted) for key, list_ in history.items() for minutes, deleted in list_),
        key=lambda change: (change[0], -change[1]),
    )
    decided, stood = "", {}
    for start in range(0, len(changes), size):
        page = {"Versions": [], "DeleteMarkers": []}
        for key, minutes, deleted in changes[start : start + size]:
            page["DeleteMarkers" if deleted else "Versions"].append(version(key, minutes))
        for entry in listing.as_of(listing.entries(page), after(moment), decided):
            assert entry.key not in stood
            decided, stood[entry.key] = entry.key, (entry.version_id, entry.deleted)

    expected = {}
    for key, minutes, deleted in reversed(changes):
        if minutes <= moment:
            expected[key] = (f"{key}{minutes}", deleted)
    assert stood == expected
