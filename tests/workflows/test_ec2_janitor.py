"""daytwo-ec2-janitor on the real interpreter: it settles what an aborted operation left."""

import json

from interpreter import run
from moto.events.models import EventPattern
from operations import BUCKET, EXECUTION, REQUEST, batch, events, instance, plan, report, tasks

from tasks import errors
from workflows import ec2_janitor

INTERRUPTED_KEY = "operations/execution-1/interrupted.json"
UNTOUCHED_KEY = "operations/execution-1/untouched.json"
FOUND = {
    "found": True,
    "request": REQUEST,
    "execution": {"id": EXECUTION, "name": "execution-1", "started_at": "2026-01-01T00:00:00Z"},
    "plan": plan("stop", 3),
    "interrupted_key": INTERRUPTED_KEY,
    "interrupted": 1,
    "untouched_key": UNTOUCHED_KEY,
    "untouched": 2,
    "failure": {"Error": "States.Aborted", "Cause": "somebody stopped it"},
}


def settle(document=None, **changes):
    answers = {"ec2_find_operation": FOUND, **changes}
    return run(
        ec2_janitor.definition(),
        document or {"execution": EXECUTION},
        tasks(**answers),
        objects={
            f"{BUCKET}/{INTERRUPTED_KEY}": [batch(1, instance(1), in_service=True)],
            f"{BUCKET}/{UNTOUCHED_KEY}": [batch(2, instance(2)), batch(3, instance(3))],
        },
    )


def test_what_had_begun_is_put_back_and_what_had_not_is_recorded_as_untouched():
    result = settle(ec2_report_operation=report("dirty", changed=["i-0123456789abcdef0"]))
    assert len(result.inputs("ec2.put_in_service")) == 1
    records = {
        call["batch"]["number"]: (call["outcome"], call["cause"])
        for call in result.inputs("ec2.record_batch")
    }
    assert records == {
        1: ("interrupted", "somebody stopped it"),
        2: ("not_touched", "The operation ended before its turn"),
        3: ("not_touched", "The operation ended before its turn"),
    }


def test_nothing_is_acted_on_again():
    names = {call.name for call in settle().calls}
    assert "Ec2StopInstances" not in names
    assert "Ec2StartInstances" not in names


def test_who_may_be_changed_stays_claimed_and_a_person_is_paged():
    changed = ["i-0123456789abcdef0"]
    result = settle(ec2_report_operation=report("dirty", changed=changed))
    assert result.error == "FailedDirty"
    assert [call["keep"] for call in result.inputs("ec2.release_claim")] == [changed]
    assert [kind for kind, _ in events(result)] == ["EC2 Operation Needs A Person"]


def test_where_all_had_been_recorded_it_ends_as_the_operation_would_have():
    result = settle(ec2_report_operation=report("succeeded"))
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "Succeeded")


def test_an_operation_that_claimed_nothing_only_loses_its_approval():
    result = settle(ec2_find_operation={"found": False})
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "There is nothing to do")
    assert result.inputs("approval.close_approval")[0]["status"] == "void"
    assert result.inputs("ec2.record_batch") == []


def test_a_wrong_input_is_answered_by_the_task_that_knows_the_schema():
    result = settle({"run": "what"}, ec2_find_operation=errors.InvalidInput("execution: missing"))
    assert result.error == "FailedDirty"
    assert "execution: missing" in result.cause
    assert result.inputs("approval.close_approval") == []


def test_an_operation_that_cannot_be_read_needs_a_person():
    result = settle(ec2_find_operation=errors.AccessRefused("no rights on the table"))
    assert result.error == "FailedDirty"
    assert result.inputs("ec2.release_claim") == []


def ended(status, error=""):
    detail = {
        "stateMachineArn": "${Ec2OperationStateMachine}",
        "executionArn": EXECUTION,
        "status": status,
        **({"error": error} if error else {}),
    }
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": detail,
    }


def starts_it(event):
    return [
        rule.name
        for rule in ec2_janitor.EVENTS
        if EventPattern.load(json.dumps(rule.pattern)).matches_event(event)
    ]


def test_only_ends_that_no_catch_saw_start_it():
    assert starts_it(ended("ABORTED")) == ["OperationCutOff"]
    assert starts_it(ended("TIMED_OUT")) == ["OperationCutOff"]
    assert starts_it(ended("FAILED", "States.Runtime")) == ["OperationBroken"]
    for name in ec2_janitor.NAMED_ENDS:
        assert starts_it(ended("FAILED", name)) == []
    assert starts_it(ended("SUCCEEDED")) == []
