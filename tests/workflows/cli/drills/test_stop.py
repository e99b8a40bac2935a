"""`daytwo drill stop` and `clean`: the stop switch, and undoing what a drill left."""

import json

import pytest
from drill_documents import ID, NOW, bad

from tasks import store

ME = "arn:aws:sts::123456789012:user/moto"
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
ENDED = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}


@pytest.fixture
def at_work(drills, feedback):
    """A drill whose execution runs; gives its ARN."""
    execution = drills.start(WAITING)
    yield execution
    feedback.stepfunctions.stop_execution(executionArn=execution)


@pytest.mark.parametrize(
    ("more", "words"),
    [([], f"by {ME}"), (["--reason", "Customers call"], f"by {ME}: Customers call")],
)
def test_the_stop_switch_says_by_whom_and_why(run, drills, more, words):
    drills.open()

    result = run("drill", "stop", ID, *more)

    assert result.exit_code == 0, result.output
    assert f"daytwo drill watch {ID}" in result.stdout
    assert drills.known()["stop"] == words


def test_stopping_is_answered_in_json_too(run, drills):
    drills.open()

    result = run("drill", "stop", ID, "--json")

    assert json.loads(result.stdout) == {"drill": ID, "stopped": f"by {ME}"}


def test_a_drill_that_was_stopped_says_by_whom_and_keeps_that(run, drills):
    drills.open(stop="by alice: Customers call")

    result = run("drill", "stop", ID)

    assert result.exit_code == 2
    assert "was stopped before, by alice: Customers call" in result.stderr
    assert drills.known()["stop"] == "by alice: Customers call"


@pytest.mark.parametrize("status", ["closed", "dirty"])
def test_a_drill_that_has_ended_is_not_stopped(run, drills, status):
    drills.close(status=status)

    result = run("drill", "stop", ID)

    assert result.exit_code == 2
    assert "has ended" in result.stderr
    assert "stop" not in drills.known()


def test_a_drill_that_ends_at_the_same_moment_is_not_stopped(run, drills, monkeypatch):
    from workflows.cli.drills import stop

    running = drills.open()
    drills.close()
    monkeypatch.setattr(stop, "found", lambda drill, session: running)

    result = run("drill", "stop", ID)

    assert result.exit_code == 2
    assert "has just ended" in result.stderr
    assert "stop" not in drills.known()


def test_a_drill_that_waits_for_approval_can_be_stopped_and_rejected(
    run, drills, feedback, at_work
):
    approval = store.approval_id(at_work)
    feedback.write({**store.approval(approval), "status": "pending"})

    result = run("drill", "stop", ID)

    assert result.exit_code == 0, result.output
    assert f"daytwo reject {approval} --reason" in result.stdout
    assert drills.known()["stop"] == f"by {ME}"


def test_a_drill_that_was_refused_is_not_stopped(run, drills):
    drills.start(ENDED)

    result = run("drill", "stop", ID)

    assert result.exit_code == 2
    assert "ended before it began" in result.stderr
    assert drills.known() is None


def test_what_is_no_drill_is_not_stopped(run, drills):
    drills.start(WAITING, "shop-prod-1", "Promotion")

    result = run("drill", "stop", "shop-prod-1")

    assert result.exit_code == 2
    assert "shop-prod-1 is no drill" in result.stderr


@pytest.mark.parametrize("command", ["stop", "clean"])
def test_an_unknown_drill_is_wrong_input(run, feedback, command):
    result = run("drill", command, "nothing")

    assert result.exit_code == 2
    assert "There is no" in result.stderr


@pytest.fixture
def cleaning(feedback):
    """Read what the janitor was asked to clean."""

    def read():
        machine = feedback.outputs["DrillJanitorStateMachineArn"]
        found = feedback.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
        described = [
            feedback.stepfunctions.describe_execution(executionArn=one["executionArn"])
            for one in found
        ]
        return [json.loads(one["input"])["execution"] for one in described]

    return read


def test_cleaning_a_drill_that_runs_is_refused(run, drills, at_work, cleaning):
    drills.open()

    result = run("drill", "clean", ID)

    assert result.exit_code == 2
    assert f"Stop it with: daytwo drill stop {ID}" in result.stderr
    assert cleaning() == []


@pytest.mark.parametrize("status", ["dirty", "running"])
def test_what_a_drill_left_is_given_to_the_janitor(run, drills, cleaning, status):
    drills.start(ENDED)
    drills.close(bad(), "planned", status=status)

    result = run("drill", "clean", ID)

    assert result.exit_code == 0, result.output
    assert cleaning() == [drills.execution(ID)]
    assert f"daytwo watch clean-{ID}" in result.stderr


def test_a_drill_that_step_functions_has_forgotten_is_cleaned_as_well(run, drills, cleaning):
    drills.close(bad(), "planned", status="dirty")

    answer = json.loads(run("drill", "clean", ID, "--json").stdout)

    assert (answer["drill"], cleaning()) == (ID, [drills.execution(ID)])


def test_copies_that_were_kept_are_due_at_once(run, drills, cleaning):
    drills.close(bad(), "kept")
    assert drills.known()["kept_until"] > NOW

    result = run("drill", "clean", ID, "--wait")

    assert result.exit_code == 0, result.output
    assert drills.known()["kept_until"] == NOW
    assert cleaning() == [drills.execution(ID)]


def test_where_nothing_is_left_there_is_nothing_to_clean(run, drills, cleaning):
    drills.close()

    result = run("drill", "clean", ID)

    assert result.exit_code == 2
    assert f"Nothing is left of drill {ID}" in result.stderr
    assert cleaning() == []
