"""What became of each instance of a batch, whatever became of the batch."""

import json

import pytest
from batches import operation, planned
from hypothesis import given
from hypothesis import strategies as st

from tasks.fleets import fleet, outcomes

A, B, C = (f"i-0000000{letter}" for letter in "abc")


def batch(*ids, **instance):
    return {"number": 3, "instances": [planned(one, **instance) for one in ids]}


def became(ids, work, outcome="", action="stop", cause="why", found=None, **options):
    doing = operation(action, **options)
    return outcomes.of_batch(batch(*ids), doing, work, outcome, cause, found or {})


def test_who_arrived_has_succeeded_and_who_failed_says_why():
    work = fleet.fail(fleet.begin([A, B]), {A: ("TimedOut", "late")}, changed=False)
    told = became([A, B], fleet.reach(work, [B]))
    assert told[A] == {
        "outcome": "failed",
        "to": "running t3.micro",
        "changed": False,
        "error": "TimedOut",
        "reason": "late",
    }
    assert (told[B]["outcome"], told[B]["to"]) == ("succeeded", "stopped t3.micro")


def test_of_who_failed_and_may_be_other_than_before_nobody_knows_what_it_is():
    work = fleet.fail(fleet.begin([A]), {A: ("TimedOut", "late")}, changed=True)
    told = became([A], work)[A]
    assert (told["to"], told["changed"]) == ("unknown", True)


@pytest.mark.parametrize(
    ("action", "options", "to"),
    [
        ("start", {}, "running t3.micro"),
        ("hibernate", {}, "stopped t3.micro"),
        ("reboot", {}, "running t3.micro"),
        ("terminate", {}, "terminated"),
        ("resize", {"instance_type": "m5.large"}, "running m5.large"),
        ("snapshot", {}, "running t3.micro"),
    ],
)
def test_what_an_instance_is_after_each_action(action, options, to):
    work = fleet.reach(fleet.begin([A]), [A])
    assert became([A], work, action=action, **options)[A]["to"] == to


def test_what_was_seen_counts_more_than_what_the_action_says():
    work = fleet.reach(fleet.begin([A]), [A])
    told = became([A], work, action="start", found={A: "running t3.large"})
    assert told[A]["to"] == "running t3.large"


def test_nothing_was_done_to_who_was_not_touched():
    told = became([A], fleet.reach(fleet.begin([A]), [A]), "not_touched", cause="budget spent")
    assert told[A] == {
        "outcome": "not_touched",
        "to": "running t3.micro",
        "changed": False,
        "error": "NotTouched",
        "reason": "budget spent",
    }


def test_in_a_batch_that_broke_off_only_who_had_failed_is_sure():
    work = fleet.fail(fleet.begin([A, B, C]), {A: ("TimedOut", "late")}, changed=False)
    told = became([A, B, C], fleet.reach(work, [B]), "interrupted")
    assert [told[one]["outcome"] for one in (A, B, C)] == ["failed", "interrupted", "interrupted"]
    assert [told[one]["changed"] for one in (A, B, C)] == [False, True, True]


def test_the_record_counts_and_names():
    work = fleet.fail(fleet.begin([A, B, C]), {A: ("TimedOut", "late")}, changed=True)
    doing = operation("stop")
    told = became([A, B, C], fleet.reach(work, [B]))
    record = outcomes.record(batch(A, B, C), doing, told, "", "2026-01-01T00:00:00Z")
    assert (record["pk"], record["sk"]) == ("EC2BATCH#op-1", "00003")
    counts = {name: record[name] for name in outcomes.OUTCOMES}
    assert counts == {"succeeded": 1, "failed": 1, "not_touched": 0, "interrupted": 1}
    assert record["succeeded_ids"] == [B]
    assert record["changed_ids"] == [A, C]
    assert json.loads(record["failures"]) == [
        {"instance_id": A, "error": "TimedOut", "reason": "late"}
    ]


ids = st.lists(st.integers(0, 99).map(lambda number: f"i-{number:08x}"), unique=True, min_size=1)


@given(ids, st.data(), st.sampled_from(["", "not_touched", "interrupted"]))
def test_each_instance_has_one_outcome_whatever_the_work_says(batch_ids, data, outcome):
    known = data.draw(st.lists(st.sampled_from(batch_ids), unique=True))
    work = fleet.begin(known)
    if known:
        some = st.lists(st.sampled_from(known), unique=True)
        failed = data.draw(some)
        work = fleet.accept(work, data.draw(some))
        work = fleet.fail(work, dict.fromkeys(failed, ("E", "e")), data.draw(st.booleans()))
        work = fleet.reach(work, data.draw(some))
    told = became(batch_ids, work, outcome)
    record = outcomes.record(batch(*batch_ids), operation("stop"), told, "", "now")
    assert list(told) == batch_ids
    assert sum(record[name] for name in outcomes.OUTCOMES) == len(batch_ids)
    arrived = [] if outcome else work["reached"]
    assert sorted(record["succeeded_ids"]) == sorted(arrived)
