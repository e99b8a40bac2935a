"""`daytwo ec2 resume`: going on with an operation that did not finish."""

import json

import pytest

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
