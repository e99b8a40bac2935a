"""A copy is compared with what it should be, item by item where sums differ."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import AwsCallFailed
from tasks.integrities import comparing, hashing, sums
from tasks.integrities.comparing import Excuses, Side

NOW = 1_000_000
RULE = {
    "keys": ["id"],
    "changed_attribute": "at",
    "changed_format": "epoch_seconds",
    "cut_off": "",
    "slack_seconds": 10,
    "ttl_attribute": "until",
}
STRICT = Excuses(now=NOW, deletes=False)


def item(number, at=100, **more):
    return {"id": {"S": f"item-{number}"}, "at": {"N": str(at)}, **more}


def expiring(number, until):
    return item(number, until={"N": str(until)})


def side(items, segments=1, cut_off="", name="reference", rows_per_run=10):
    """Digest items as segments and runs of a few rows would."""
    parts, runs = [], []
    for segment in range(segments):
        digest = sums.Digest({**RULE, "cut_off": cut_off})
        mine = items[segment::segments]
        for start in range(0, len(mine), rows_per_run):
            digest.add(mine[start : start + rows_per_run])
            runs.append(digest.take_rows())
        parts.append(digest.totals())

    def fetch(first, last):
        for content, counts in runs:
            begin = sum(counts[:first]) * sums.ROW
            yield content[begin : begin + sum(counts[first:last]) * sums.ROW]

    rows = [sum(counts[bucket] for _, counts in runs) for bucket in range(sums.BUCKETS)]
    return Side(name, sums.added(parts), rows, fetch)


def key(number):
    return hashing.key_hash(item(number), ["id"]).hex()


def test_equal_tables_are_equal_in_any_order_and_over_any_segments():
    items = [item(number) for number in range(60)]
    found = comparing.compare(side(items, 3), side(items[::-1], 7, name="copy"), STRICT)

    assert found.equal
    assert found.expected_items == found.observed_items == 60
    assert found.checksums[0] == found.checksums[1]


def test_two_empty_tables_are_equal():
    assert comparing.compare(side([]), side([]), STRICT).equal


@given(
    numbers=st.sets(st.integers(0, 400), min_size=1, max_size=80),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_lost_changed_or_added_is_named(numbers, data):
    chosen = data.draw(st.sets(st.sampled_from(sorted(numbers))))
    how = {one: data.draw(st.sampled_from(["missing", "changed", "extra"])) for one in chosen}
    before = [item(one) for one in numbers if how.get(one) != "extra"]
    after = [
        item(one, at=99 if how.get(one) == "changed" else 100)
        for one in numbers
        if how.get(one) != "missing"
    ]

    found = comparing.compare(
        side(before, 2), side(after, 3, name="copy"), STRICT, at_once=data.draw(st.integers(1, 99))
    )

    assert found.equal == (not chosen)
    for kind in ("missing", "changed", "extra"):
        wanted = {key(one) for one in chosen if how[one] == kind}
        assert found.counts[kind] == len(wanted)
        assert set(getattr(found, kind)) <= wanted
        assert len(getattr(found, kind)) == min(len(wanted), comparing.MOST_NAMED)


def test_what_was_written_after_the_cut_off_is_left_out_on_both_sides():
    cut_off = "1970-01-01T00:10:00Z"  # second 600, of which 10 are slack
    live = [item(1), item(2, at=700), item(3, at=601), item(4, at=595), item(5, at=590)]
    copy = [item(1), item(2, at=300), item(4, at=595), item(5, at=590)]

    found = comparing.compare(side(live, cut_off=cut_off), side(copy, name="copy"), STRICT)

    assert found.equal
    assert (found.expected_items, found.later) == (2, 3)


def test_an_item_that_was_changed_later_does_not_hide_its_neighbours():
    cut_off = "1970-01-01T00:10:00Z"
    live = [item(number, at=700 if number % 2 else 100) for number in range(2000)]
    copy = [item(number, at=99 if number == 1000 else 100) for number in range(2000)]

    found = comparing.compare(side(live, cut_off=cut_off), side(copy, name="copy"), STRICT)

    assert found.changed == [key(1000)]
    assert found.counts == {"missing": 0, "changed": 1, "extra": 0}


@pytest.mark.parametrize(
    ("reference", "copy", "excuses", "equal"),
    [
        ([item(1), expiring(2, NOW)], [item(1)], STRICT, True),
        ([item(1)], [item(1), expiring(2, NOW)], STRICT, True),
        ([item(1), expiring(2, NOW + 1)], [item(1)], STRICT, False),
        ([item(1)], [item(1), expiring(2, NOW + 1)], STRICT, False),
        ([expiring(2, NOW - 5)], [expiring(2, NOW - 6)], STRICT, False),
        ([item(1)], [item(1), item(2)], Excuses(NOW, deletes=True), True),
        ([item(1), item(2)], [item(1)], Excuses(NOW, deletes=True), False),
    ],
)
def test_expired_and_deleted_items_are_excused_and_no_others(reference, copy, excuses, equal):
    found = comparing.compare(side(reference), side(copy, name="copy"), excuses)

    assert found.equal is equal


def test_rows_that_do_not_make_up_the_sums_are_not_believed():
    good = side([item(1), item(2)])
    forged = Side("reference", good.totals, good.rows, side([item(1), item(3)]).fetch)

    with pytest.raises(AwsCallFailed, match="rows of the reference are not those"):
        comparing.compare(forged, side([item(1)], name="copy"), STRICT)


def test_an_item_without_its_moment_is_compared_and_counted():
    undated = {"id": {"S": "x"}}
    one = side([undated], cut_off="1970-01-01T00:10:00Z")

    assert one.totals["undated"] == 1
    assert comparing.compare(one, side([undated], name="copy"), STRICT).equal
