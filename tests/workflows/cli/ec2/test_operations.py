"""`daytwo ec2 list` and `watch`: operations that run, and those that did."""

import json

import pytest

from tasks import store

WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


@pytest.fixture
def start(daytwo):
    """Start an operation of a given name."""

    def begin(name, definition=None, document=None):
        if definition:
            daytwo.define(definition, "Ec2Operation")
        reply = daytwo.stepfunctions.start_execution(
            stateMachineArn=daytwo.outputs["Ec2OperationStateMachineArn"],
            name=name,
            input=json.dumps(document or {}),
        )
        return reply["executionArn"]

    return begin


@pytest.fixture
def operations(daytwo, start):
    """Three operations: one that runs, one recorded, one of which there is only its execution."""
    running = start("stop-1", WAITING)
    start("start-1", {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    start("plan-1", document={"action": "stop", "dry_run": True, "requested_by": "bob"})
    daytwo.write(
        {**store.operation("start-1"), "action": "start", "to_act": 7, "requested_by": "alice"}
    )
    daytwo.write({**store.instance_claim("start-1"), "instances": ["i-1", "i-2"]})
    daytwo.write({**store.claims_version(), "version": 3})
    yield
    daytwo.stepfunctions.stop_execution(executionArn=running)


def listed(run, *more):
    return json.loads(run("ec2", "list", "--json", *more).stdout)


def test_operations_are_listed_with_what_is_recorded_of_them(run, operations):
    found = {entry["operation"]: entry for entry in listed(run)}

    assert set(found) == {"stop-1", "start-1", "plan-1"}
    assert (found["stop-1"]["status"], found["stop-1"]["claimed"]) == ("running", 0)
    assert (found["start-1"]["to_act"], found["start-1"]["claimed"]) == (7, 2)
    assert "pk" not in found["start-1"]
    assert found["plan-1"]["status"].startswith("plan ")
    assert (found["plan-1"]["action"], found["plan-1"]["requested_by"]) == ("stop", "bob")


def test_people_see_what_runs_what_is_claimed_and_who_asked(run, operations):
    shown = run("ec2", "list").stdout

    line = next(line for line in shown.splitlines() if "start-1" in line)
    assert "alice" in line
    assert " 7 " in line
    assert " 2 " in line


def test_those_that_run_are_always_listed_however_old(run, operations):
    assert {entry["operation"] for entry in listed(run, "--most", "1")} >= {"stop-1"}
    assert [entry["operation"] for entry in listed(run, "--running")] == ["stop-1"]


def test_an_account_without_operations_says_so(run, daytwo):
    assert run("ec2", "list").stdout == "Operations: none\n"


def test_an_operation_is_followed_by_its_id(run, start):
    start("start-1")

    result = run("ec2", "watch", "start-1")

    assert result.exit_code == 0
    assert "Succeeded" in result.stdout


def test_an_unknown_operation_is_wrong_input(run, daytwo):
    result = run("ec2", "watch", "nothing")

    assert result.exit_code == 2
    assert "There is no execution nothing" in result.stderr
