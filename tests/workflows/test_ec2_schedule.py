"""daytwo-ec2-schedule on the real interpreter: what a tick costs, and what a look leads to."""

import json

import pytest
from botocore.exceptions import ClientError
from interpreter import run

from schemas.validation import check
from tasks.schedule import judge_step
from workflows import ec2_schedule

DEFINITION = ec2_schedule.definition()
TICK = {"tick": True}
REQUEST = {"action": "start", "targets": {"instance_ids": ["i-00000001"]}, "requested_by": "x"}
OPERATION = {
    "kind": "operation",
    "name": "schedule-shop-dev-start-1",
    "input_key": "schedules/e/1.json",
    "action": "start",
    "tier": "database",
    "instances": 1,
}
SECOND = {**OPERATION, "name": "schedule-shop-dev-start-2", "tier": "the rest"}
CAPACITY = {
    "kind": "capacity",
    "group": "shop-dev-web",
    "capacity": {"min": 2, "desired": 3, "max": 6},
    "target": {"region": "", "role_arn": ""},
}
NO_NOTICE = {"count": 0, "words": ""}


def group(*steps, key="shop/dev:shop/office-hours", goal="on"):
    return {
        "key": key,
        "schedule": "shop/office-hours",
        "place": "shop dev",
        "goal": goal,
        "steps": list(steps),
    }


def due(moment):
    return {"Item": {"due_at": {"S": moment}}} if moment else {}


def ended(error="", status="SUCCEEDED"):
    """Describe an operation's execution as Step Functions does once it has ended."""
    return {
        "executionArn": "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-operation:1",
        "status": "FAILED" if error else status,
        **({"error": error, "cause": "two of three did not start"} if error else {}),
        "output": "{}",
        "input": "{}",
    }


def tick(
    groups=(),
    document=TICK,
    moment="2000-01-01T08:00",
    notice=NO_NOTICE,
    described=None,
    tasks=None,
    services=None,
):
    """Run a tick whose look finds these groups, with the outcomes of their operations."""
    answers = {
        "schedule.look_at_schedules": {"groups": list(groups), "notice": notice},
        "schedule.judge_step": lambda given: judge_step.handler(given, None),
        "schedule.set_capacity": {"changed": True, "before": CAPACITY["capacity"]},
        "schedule.record_outcome": lambda given: {
            "followed": not given["trouble"],
            "words": given["trouble"],
        },
        "common.validate_request": lambda given: {
            "request": check(given["document"], "workflows/ec2_schedule"),
            "execution": given["execution"],
            "duplicate": False,
        },
        **(tasks or {}),
    }
    account = {
        "dynamodb.get_item": due(moment),
        "s3.get_object": {"Body": json.dumps(REQUEST)},
        "stepfunctions.start_execution": {
            "executionArn": ended()["executionArn"],
            "startDate": "2026-01-01T00:00:00Z",
        },
        "stepfunctions.describe_execution": described or ended(),
        **(services or {}),
    }
    return run(DEFINITION, document, answers, services=account)


def started(result):
    return [call["name"] for call in result.inputs("stepfunctions.start_execution")]


class TestATick:
    def test_with_nothing_due_is_one_call_and_no_function(self):
        result = tick(moment="2999-01-01T08:00")
        assert (result.status, result.states[-1]) == ("SUCCEEDED", "Nothing is due")
        assert [call.name for call in result.calls] == ["dynamodb.get_item"]
        assert len(result.states) == 4

    @pytest.mark.parametrize("moment", ["", "0000-01-01T00:00", "2000-01-01T08:00"])
    def test_looks_when_it_is_due_and_when_nobody_has_looked_yet(self, moment):
        result = tick(moment=moment)
        ((look),) = result.inputs("schedule.look_at_schedules")
        assert look["forced"] is False
        assert look["execution"]["name"] == "execution-1"
        assert result.states[-1] == "Succeeded"

    def test_that_cannot_ask_or_look_fails_with_nothing_changed(self):
        result = tick(tasks={"schedule.look_at_schedules": ValueError("no such zone")})
        assert (result.status, result.error) == ("FAILED", "FailedClean")
        assert "no such zone" in result.cause

    def test_is_what_the_clock_sends_each_minute(self):
        (schedule,) = ec2_schedule.SCHEDULES
        assert check(schedule.input, "workflows/ec2_schedule") == TICK


class TestAPerson:
    @pytest.mark.parametrize("document", [{}, {"tick": False}])
    def test_may_look_at_any_time(self, document):
        result = tick(document=document, moment="2999-01-01T08:00")
        ((look),) = result.inputs("schedule.look_at_schedules")
        assert look["forced"] is True
        assert result.inputs("dynamodb.get_item") == []

    def test_is_answered_with_the_wrong_field(self):
        result = tick(document={"tik": True})
        assert (result.status, result.error) == ("FAILED", "FailedClean")
        assert "tik" in result.cause


class TestAGroup:
    def test_has_its_steps_done_one_after_the_other(self):
        result = tick([group(OPERATION, SECOND, CAPACITY)])
        assert result.status == "SUCCEEDED"
        assert started(result) == [OPERATION["name"], SECOND["name"]]
        (first, _) = result.inputs("stepfunctions.start_execution")
        assert json.loads(first["input"]) == REQUEST
        (sized,) = result.inputs("schedule.set_capacity")
        assert (sized["group"], sized["schedule"]) == ("shop-dev-web", "shop/office-hours")
        order = [call.name for call in result.calls]
        assert order.index("ScheduleSetCapacity") > order.index("stepfunctions.start_execution")

    def test_that_was_followed_is_recorded_and_nobody_is_told(self):
        result = tick([group(OPERATION)])
        (recorded,) = result.inputs("schedule.record_outcome")
        assert recorded["trouble"] == ""
        assert result.inputs("sns.publish") == []

    def test_is_not_held_up_by_another(self):
        failing = [{**group(OPERATION), "key": "a"}, {**group(OPERATION), "key": "b"}]
        result = tick(
            failing,
            tasks={"schedule.record_outcome": [ValueError("no"), {"followed": True, "words": ""}]},
        )
        assert result.status == "SUCCEEDED"
        assert len(result.inputs("schedule.record_outcome")) == 2
        (message,) = result.inputs("sns.publish")
        assert "could not be recorded" in message["Message"]


class TestAStepThatFails:
    def test_lets_the_next_tier_start_where_a_part_of_it_runs(self):
        result = tick([group(OPERATION, SECOND)], described=ended("Incomplete"))
        assert started(result) == [OPERATION["name"], SECOND["name"]]
        (recorded,) = result.inputs("schedule.record_outcome")
        assert recorded["trouble"].count("two of three did not start") == 2

    @pytest.mark.parametrize(
        ("error", "goal"),
        [("FailedClean", "on"), ("FailedDirty", "on"), ("Incomplete", "off")],
    )
    def test_holds_the_tiers_behind_it(self, error, goal):
        result = tick([group(OPERATION, SECOND, goal=goal)], described=ended(error))
        assert started(result) == [OPERATION["name"]]
        (recorded,) = result.inputs("schedule.record_outcome")
        assert f"ended as {error}" in recorded["trouble"]

    def test_is_told_to_people_and_machines(self):
        result = tick([group(OPERATION)], described=ended("FailedClean"))
        (message,) = result.inputs("sns.publish")
        assert message["Subject"] == "daytwo: EC2 Schedule Not Followed"
        assert "two of three did not start" in message["Message"]
        (event,) = result.inputs("events.put_events")
        assert event["Entries"][0]["DetailType"] == "EC2 Schedule Not Followed"
        assert result.status == "SUCCEEDED"

    def test_may_be_the_start_itself(self):
        refused = ClientError(
            {"Error": {"Code": "AccessDeniedException", "Message": "not you"}}, "StartExecution"
        )
        result = tick([group(OPERATION)], services={"stepfunctions.start_execution": refused})
        (recorded,) = result.inputs("schedule.record_outcome")
        assert "AccessDenied" in recorded["trouble"]

    def test_is_told_even_where_it_cannot_be_judged(self):
        result = tick(
            [group(OPERATION, SECOND)],
            described=ended("Incomplete"),
            tasks={"schedule.judge_step": ValueError("no")},
        )
        assert started(result) == [OPERATION["name"]]
        (recorded,) = result.inputs("schedule.record_outcome")
        assert recorded["trouble"] == "A step failed: ValueError."


def test_what_a_look_found_is_told_before_anything_is_done():
    notice = {"count": 1, "words": "i-1 runs although it should not"}
    result = tick([group(OPERATION)], notice=notice)
    (message,) = result.inputs("sns.publish")
    assert message["Message"] == notice["words"]
    order = [call.name for call in result.calls]
    assert order.index("sns.publish") < order.index("stepfunctions.start_execution")
