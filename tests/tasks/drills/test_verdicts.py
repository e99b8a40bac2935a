"""Verdicts: what is not known to be good is never green."""

import pytest
from drill_documents import bad, good
from hypothesis import given
from hypothesis import strategies as st

from tasks.drills import verdicts
from tasks.drills.verdicts import ERROR, FAIL, PASS, SKIPPED

ANY = st.sampled_from([PASS, FAIL, ERROR, SKIPPED])


@pytest.mark.parametrize(
    ("given_", "joined"),
    [
        ([PASS, PASS], PASS),
        ([PASS, SKIPPED], PASS),
        ([PASS, FAIL], FAIL),
        ([PASS, ERROR], ERROR),
        ([ERROR, FAIL], FAIL),
        ([SKIPPED, SKIPPED], ERROR),
        ([], ERROR),
        (["GREEN"], ERROR),
    ],
)
def test_the_worst_decides_and_nothing_at_all_is_an_error(given_, joined):
    assert verdicts.joined(given_) == joined


@given(st.lists(ANY), st.lists(ANY))
def test_joining_parts_is_joining_the_whole(some, others):
    decided = [verdict for verdict in (*some, *others) if verdict != SKIPPED]
    parts = [verdicts.joined(part) for part in (some, others) if set(part) - {SKIPPED}]
    assert verdicts.joined(some + others) == verdicts.joined(parts) == verdicts.joined(decided)


@given(st.lists(ANY), ANY)
def test_more_to_judge_never_makes_what_is_red_green(some, more):
    before = verdicts.joined(some)
    if before in (FAIL, ERROR) and set(some) - {SKIPPED}:
        assert verdicts.joined([*some, more]) != PASS


def test_what_the_plan_leaves_out_is_skipped_with_its_reason():
    (found,) = verdicts.settled([bad()], {"item count": "a known difference"})
    assert (found["verdict"], found["detail"]) == (SKIPPED, "a known difference")
    assert found["observed"] == "2 items"


def test_what_is_skipped_without_the_plan_is_an_error():
    (found,) = verdicts.settled([bad(verdict=SKIPPED)], {})
    assert found["verdict"] == ERROR
    assert "the plan did not say so" in found["detail"]


def test_each_check_that_is_not_green_says_what_it_expected_and_saw():
    assert verdicts.reasons([good(), bad(), bad("schema", ERROR)]) == [
        "item count failed: expected 3 items, observed 2 items",
        "schema broke: expected 3 items, observed 2 items",
    ]
