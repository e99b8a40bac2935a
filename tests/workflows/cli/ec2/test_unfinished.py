"""`daytwo ec2 resume` and `release`: going on with what did not finish, or letting it go."""

import json

import pytest

from tasks import store

ID = "i-0123456789abcdef0"
ASKED = {
    "action": "stop",
    "targets": {"instance_ids": [ID]},
    "limits": {"max_errors": 0},
    "options": {"force": True},
    "reason": "Nights off",
    "requested_by": "somebody else",
}
FAILING = {
    "StartAt": "End",
    "States": {"End": {"Type": "Fail", "Error": "Incomplete", "Cause": "Two are left"}},
}
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


@pytest.fixture
def request_of(daytwo):
    """Read the request of an operation by its id."""

    def read(operation):
        machine = daytwo.outputs["Ec2OperationStateMachineArn"]
        execution = f"{machine.replace(':stateMachine:', ':execution:')}:{operation}"
        described = daytwo.stepfunctions.describe_execution(executionArn=execution)
        return json.loads(described["input"])

    return read


@pytest.mark.parametrize(("more", "why"), [([], "Nights off"), (["--reason", "Again"], "Again")])
def test_what_is_left_is_asked_for_anew_as_the_caller(run, daytwo, request_of, more, why):
    daytwo.run(FAILING, ASKED, "Ec2Operation")

    result = run("ec2", "resume", "run-1", *more)

    assert result.exit_code == 0, result.output
    assert request_of(result.stdout.strip()) == {
        **ASKED,
        "resume": "run-1",
        "dry_run": False,
        "reason": why,
        "requested_by": "arn:aws:sts::123456789012:user/moto",
    }


def test_an_operation_that_runs_has_nothing_left_over(run, daytwo):
    execution = daytwo.run(WAITING, ASKED, "Ec2Operation")

    result = run("ec2", "resume", "run-1")

    assert result.exit_code == 2
    assert "run-1 still runs" in result.stderr
    daytwo.stepfunctions.stop_execution(executionArn=execution)


def test_a_dry_run_cannot_be_gone_on_with(run, daytwo):
    daytwo.run(document={**ASKED, "dry_run": True}, workflow="Ec2Operation")

    result = run("ec2", "resume", "run-1")

    assert result.exit_code == 2
    assert "was a dry run" in result.stderr


def test_an_unknown_operation_is_wrong_input(run, daytwo):
    assert run("ec2", "resume", "nothing").exit_code == 2


@pytest.fixture
def claim(daytwo):
    """Let an execution of a definition hold an instance; gives its ARN."""

    def hold(definition, status="dirty"):
        execution = daytwo.run(definition, ASKED, "Ec2Operation")
        daytwo.write(
            {
                **store.instance_claim("run-1"),
                "execution": execution,
                "action": "stop",
                "requested_by": "alice",
                "instances": [ID],
                "since": "2026-11-20T12:00:00Z",
            }
        )
        daytwo.write({**store.operation("run-1"), "status": status})
        return execution

    return hold


def test_what_an_ended_operation_holds_is_freed_and_written_down(run, daytwo, claim):
    execution = claim(FAILING)

    result = run("ec2", "release", "run-1", "--reason", "Started it by hand")

    assert result.exit_code == 0, result.output
    assert "Incomplete: Two are left" in result.stdout
    assert ID in result.stdout
    assert "The instances of run-1 are free." in result.stdout
    assert daytwo.table.get(store.instance_claim("run-1")) is None
    assert daytwo.table.get(store.operation("run-1"))["status"] == "released"
    trail = {entry["id"]: entry for entry in daytwo.audit()}
    assert set(trail) == {f"{execution}#release", ID}
    assert {entry["why"] for entry in trail.values()} == {"Started it by hand"}
    assert trail[ID]["operation"] == "run-1"


def test_freeing_is_answered_in_json_too(run, claim):
    claim(FAILING)

    result = run("ec2", "release", "run-1", "--reason", "x", "--json")

    assert json.loads(result.stdout) == {"operation": "run-1", "freed": [ID]}


def test_what_the_janitor_has_not_settled_is_said(run, claim):
    claim(FAILING, status="acting")

    assert "janitor has not settled it" in run("ec2", "release", "run-1", "--reason", "x").stdout


def test_an_operation_that_runs_keeps_its_instances(run, daytwo, claim):
    execution = claim(WAITING)

    result = run("ec2", "release", "run-1", "--reason", "impatience")

    assert result.exit_code == 2
    assert "run-1 still runs" in result.stderr
    assert daytwo.table.get(store.instance_claim("run-1"))["instances"] == [ID]
    assert daytwo.audit() == []
    daytwo.stepfunctions.stop_execution(executionArn=execution)


def test_an_operation_that_holds_nothing_is_told(run, daytwo):
    result = run("ec2", "release", "run-1", "--reason", "x")

    assert result.exit_code == 2
    assert "run-1 holds no instances" in result.stderr
