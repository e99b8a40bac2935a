"""No instance of a batch is ever lost, and none is in two places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fleets import fleet

A, B, C, D = (f"i-0000000{letter}" for letter in "abcd")
WORK = fleet.begin([A, B, C, D])
REFUSED = ("OperationNotPermitted", "It is protected.")


def test_a_step_begins_with_everybody_pending():
    assert WORK == {
        "pending": [A, B, C, D],
        "acted": [],
        "reached": [],
        "failed": [],
        "rounds": 0,
        "done": False,
    }


def test_who_is_accepted_is_acted_on_and_not_there_yet():
    work = fleet.accept(WORK, [C, A])
    assert (work["pending"], work["acted"], work["done"]) == ([B, D], [A, C], False)


def test_who_is_seen_there_has_reached_the_goal_acted_on_or_not():
    work = fleet.reach(fleet.accept(WORK, [A]), [A, B])
    assert (work["pending"], work["acted"], work["reached"]) == ([C, D], [], [B, A])


def test_who_failed_says_why_and_whether_it_may_be_other_than_before():
    work = fleet.fail(fleet.accept(WORK, [A]), {A: REFUSED, B: REFUSED}, changed={A})
    told = {one["instance_id"]: one["changed"] for one in work["failed"]}
    assert told == {A: True, B: False}
    assert work["failed"][0]["error"] == "OperationNotPermitted"
    assert work["failed"][0]["reason"] == "It is protected."


@pytest.mark.parametrize("changed", [True, False])
def test_one_answer_may_be_for_all(changed):
    work = fleet.fail(WORK, {A: REFUSED, B: REFUSED}, changed)
    assert [one["changed"] for one in work["failed"]] == [changed, changed]


def test_a_reason_is_cut_to_what_the_schema_takes():
    work = fleet.fail(WORK, {A: ("Error", "x" * 601)}, changed=False)
    assert len(work["failed"][0]["reason"]) == 600
    assert work["failed"][0]["reason"].endswith("x…")


def test_who_has_failed_or_reached_does_not_move_again():
    work = fleet.reach(fleet.fail(WORK, {A: REFUSED}, changed=False), [B])
    assert fleet.fail(fleet.reach(fleet.accept(work, [A, B]), [A]), {B: REFUSED}, True) == work


def test_whoever_is_late_has_failed():
    work = fleet.time_out(fleet.accept(WORK, [A]), changed={A}, reason="not running after 900 s")
    assert {one["error"] for one in work["failed"]} == {"TimedOut"}
    assert [one["instance_id"] for one in work["failed"] if one["changed"]] == [A]
    assert work["done"]


def test_looks_are_counted_and_kept():
    assert fleet.accept(fleet.look(fleet.look(WORK)), [A])["rounds"] == 2


ids = st.lists(st.integers(0, 20).map(lambda number: f"i-{number:08x}"), unique=True)
moves = st.lists(st.tuples(st.sampled_from(["accept", "reach", "fail", "look", "time_out"]), ids))


@given(ids, moves)
def test_each_instance_is_in_exactly_one_place_whatever_happens(batch, steps):
    work = fleet.begin(batch)
    for move, some in steps:
        before = {key: list(value) for key, value in work.items() if isinstance(value, list)}
        given_to_it = work
        if move == "fail":
            work = fleet.fail(work, dict.fromkeys(some, REFUSED), changed=False)
        elif move == "time_out":
            work = fleet.time_out(work, changed=True)
        elif move == "look":
            work = fleet.look(work)
        else:
            work = getattr(fleet, move)(work, some)
        assert {key: given_to_it[key] for key in before} == before
        failed = [one["instance_id"] for one in work["failed"]]
        everybody = [*work["pending"], *work["acted"], *work["reached"], *failed]
        assert sorted(everybody) == sorted(batch)
        assert work["done"] is (not fleet.unfinished(work))


def test_more_is_said_of_an_id_that_failed_once():
    work = fleet.fail(
        fleet.begin(["i-1", "i-2"]), dict.fromkeys(["i-1", "i-2"], ("No", "why.")), True
    )
    for _ in range(2):
        work = fleet.amend(work, {"i-1": (False, "It is back.")})
    assert [(one["reason"], one["changed"]) for one in work["failed"]] == [
        ("why. It is back.", False),
        ("why.", True),
    ]
