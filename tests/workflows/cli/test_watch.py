"""`daytwo watch`: following an execution to its end."""

import json

import pytest

from tasks import store
from workflows.cli import watch as module
from workflows.cli.session import Session
from workflows.cli.stories import Approval, Story
from workflows.cli.watch import timeline

FEEDBACK = {"system": "shop", "release": "1.1.0", "environment": "prod"}


def failing(error, cause="It broke"):
    return {
        "StartAt": "End",
        "States": {"End": {"Type": "Fail", "Error": error, "Cause": cause}},
    }


@pytest.fixture
def pending(daytwo):
    """Write the record of the approval that an execution asked for."""

    def write(execution, status):
        daytwo.write(
            {
                **store.approval(store.approval_id(execution)),
                "status": status,
                "roles": ["release-manager"],
                "expires_at": 2_000_000_000,
            }
        )

    return write


def test_success_is_exit_code_zero(run, daytwo):
    result = run("watch", daytwo.run(document=FEEDBACK))

    assert result.exit_code == 0
    assert "Succeeded: shop 1.1.0 is live in prod." in result.stdout
    assert "State now: daytwo status shop" in result.stdout


def test_an_event_as_input_is_understood(run, daytwo):
    result = run("watch", daytwo.run(document={"id": "1", "detail": FEEDBACK}))

    assert "shop 1.1.0 is live in prod" in result.stdout


@pytest.mark.parametrize("document", [{}, {"detail": 3}, {"system": None}])
def test_an_input_of_another_kind_is_no_hindrance(run, daytwo, document):
    assert "Succeeded." in run("watch", daytwo.run(document=document)).stdout


def test_a_short_name_is_looked_up_in_every_state_machine(run, daytwo):
    daytwo.run(workflow="Janitor")

    result = run("watch", "run-1", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["execution"].endswith(":daytwo-janitor:run-1")


@pytest.mark.parametrize(
    "name", ["nothing", "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:no"]
)
def test_an_unknown_execution_is_wrong_input(run, daytwo, name):
    result = run("watch", name)

    assert result.exit_code == 2
    assert f"There is no execution {name}" in result.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("RolledBack", "All is as before"),
        ("FailedClean", "Nothing was changed"),
        ("FailedDirty", "stays locked"),
    ],
)
def test_failure_is_exit_code_one_with_cause_and_next_step(run, daytwo, error, said):
    result = run("watch", daytwo.run(failing(error)))

    assert result.exit_code == 1
    assert f"{error}: It broke" in result.stdout
    assert said in result.stdout


@pytest.mark.parametrize(("status", "code"), [("rejected", 3), ("expired", 3), ("approved", 1)])
def test_rejected_or_expired_is_exit_code_three(run, daytwo, pending, status, code):
    execution = daytwo.run(failing("FailedClean"))
    pending(execution, status)

    assert run("watch", execution).exit_code == code


def test_an_aborted_execution_failed(run, daytwo):
    execution = daytwo.run(
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    )
    daytwo.stepfunctions.stop_execution(executionArn=execution)

    result = run("watch", execution)

    assert result.exit_code == 1
    assert "ABORTED" in result.stdout
    assert "janitor" in result.stdout


def test_what_comes_from_outside_cannot_steer_the_terminal(run, daytwo):
    cause = "\x1b[2J[red]gone[/red]\u202e \x07"

    shown = run("watch", daytwo.run(failing("RolledBack", cause))).stdout

    assert "[red]gone[/red]" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_interrupting_leaves_the_execution_running(run, daytwo, monkeypatch):
    execution = daytwo.run(
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    )

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", interrupt)
    result = run("watch", execution)

    assert result.exit_code == 130
    assert f"daytwo watch {execution}" in result.stderr
    described = daytwo.stepfunctions.describe_execution(executionArn=execution)
    assert described["status"] == "RUNNING"
    daytwo.stepfunctions.stop_execution(executionArn=execution)


def test_plain_lines_tell_what_is_waited_for(run, daytwo):
    definition = {
        "StartAt": "Let it bake",
        "States": {"Let it bake": {"Type": "Wait", "Seconds": 1, "End": True}},
    }

    lines = run("watch", daytwo.run(definition)).stdout.splitlines()

    assert any("Let it bake: waits until" in line for line in lines)


def test_a_running_approval_says_by_whom_and_how(daytwo, pending):
    execution = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:x"
    pending(execution, "pending")

    words = Approval(execution, Session()).words()

    assert words == (
        "waits for approval by release-manager until 2033-05-18T03:33:20Z: daytwo approve "
        f"{store.approval_id(execution)} --reason ..."
    )


def test_the_timeline_is_there_for_other_programs(run, daytwo):
    execution = daytwo.run(document=FEEDBACK)
    run("watch", execution)

    entries = timeline(execution, Session())

    assert [(entry["state"], entry["outcome"]) for entry in entries] == [
        ("Plan", "succeeded"),
        ("Succeeded", "succeeded"),
    ]
    assert json.dumps(entries)


def test_an_error_on_the_way_says_that_the_execution_goes_on(run, daytwo, monkeypatch):
    from botocore.exceptions import ClientError

    execution = daytwo.run(document=FEEDBACK)

    def expire(self):
        raise ClientError({"Error": {"Code": "ExpiredTokenException"}}, "GetExecutionHistory")

    monkeypatch.setattr(Story, "poll", expire)
    result = run("watch", execution)

    assert result.exit_code == 2
    assert f"The execution goes on. Follow it again with: daytwo watch {execution}" in result.stderr
    assert "Your AWS credentials have expired" in result.stderr
