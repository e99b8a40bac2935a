"""daytwo-janitor on the real interpreter: it finishes what an aborted promotion left behind."""

import json

import pytest
from interpreter import run
from moto.events.models import EventPattern
from promotions import CAPTURED, EXECUTION, PLAN, REQUEST, tasks

from tasks import errors
from workflows import janitor

ABORTED = {"execution": EXECUTION}
HELD = {
    "found": True,
    "request": REQUEST,
    "execution": {"id": EXECUTION, "name": "execution-1", "started_at": "2026-01-01T00:00:00Z"},
    "lock": {"fence": 4, "lease_expires": 1_800_000_000},
    "failure": {"Error": "States.Aborted", "Cause": "somebody stopped it"},
}


def clean_up(claim, **changes):
    return run(janitor.definition(), ABORTED, tasks(janitor_find_claim=claim, **changes))


def test_an_execution_that_held_nothing_needs_nothing():
    result = clean_up({"found": False})
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "There is nothing to do")


def test_one_that_had_captured_is_rolled_back():
    result = clean_up({**HELD, "plan": PLAN, "change_set": {"arn": "a"}, "captured": CAPTURED})
    assert result.error == "RolledBack"
    assert len(result.inputs("promotion.restore_alias")) == 2
    (released,) = result.inputs("locks.release_lock")
    assert (released["owner"], released["fence"]) == (EXECUTION, 4)


def test_one_that_had_only_the_lock_is_put_away():
    result = clean_up(HELD)
    assert result.error == "FailedClean"
    assert result.inputs("promotion.restore_alias") == []
    assert len(result.inputs("locks.release_lock")) == 1


def test_a_change_set_that_was_prepared_is_discarded():
    result = clean_up({**HELD, "plan": PLAN, "change_set": {"arn": "arn:change-set"}})
    assert [call["arn"] for call in result.inputs("promotion.discard_change_set")] == [
        "arn:change-set"
    ]


def test_a_claim_that_cannot_be_read_needs_a_person():
    result = clean_up(errors.AccessRefused("no rights on the table"))
    assert result.error == "FailedDirty"
    assert "in words: AccessRefused" in result.cause
    assert result.inputs("locks.release_lock") == []


def test_a_rollback_that_fails_needs_a_person():
    result = clean_up(
        {**HELD, "plan": PLAN, "change_set": {"arn": "a"}, "captured": CAPTURED},
        promotion_restore_alias=errors.AliasMoved,
    )
    assert result.error == "FailedDirty"


@pytest.mark.parametrize(
    ("status", "error", "starts"),
    [
        ("ABORTED", None, True),
        ("TIMED_OUT", "States.Timeout", True),
        ("FAILED", "States.Runtime", True),
        ("FAILED", "States.DataLimitExceeded", True),
        ("FAILED", "RolledBack", False),
        ("FAILED", "FailedClean", False),
        ("FAILED", "FailedDirty", False),
        ("SUCCEEDED", None, False),
        ("RUNNING", None, False),
    ],
)
def test_it_starts_after_an_end_that_no_catch_has_seen(status, error, starts):
    event = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"stateMachineArn": "${PromotionStateMachine}", "status": status, "error": error},
    }
    patterns = [EventPattern.load(json.dumps(rule.pattern)) for rule in janitor.EVENTS]
    assert sum(pattern.matches_event(event) for pattern in patterns) == int(starts)
