"""An EC2 operation that is stopped in the middle, settled by the janitor, and resumed."""

import pytest
from fleets import make_fleet, states_of
from journeys import until

from workflows.cli.session import Session

TAG = {"Fleet": "cut-off"}


@pytest.fixture(scope="module")
def session(feedback):
    return Session(local=True, profile="admin")


@pytest.fixture
def slow(feedback):
    """Let stopping take a quarter of an hour of the account's time."""
    feedback.account.controls.set("ec2", stopping=900)
    yield
    feedback.account.controls.calm()


def test_what_was_cut_off_is_settled_and_resumed(feedback, session, slow):
    ec2 = session.client("ec2")
    ids = make_fleet(ec2, 4, TAG)
    asked = feedback.said(
        "ec2", "stop", "--tag", "Fleet=cut-off", "--max-unavailable", "2", "--reason", "a test"
    )
    until(lambda: "stopping" in states_of(ec2, ids).values(), "the first batch")

    session.client("stepfunctions").stop_execution(executionArn=asked["execution"])
    trail = until(
        lambda: (
            len(told := feedback.said("audit", "--operation", asked["operation"])) == 4 and told
        ),
        "the janitor's records",
    )
    outcomes = sorted(entry["outcome"] for entry in trail)
    assert outcomes == ["interrupted", "interrupted", "not_touched", "not_touched"]
    begun = {entry["on_what"] for entry in trail if entry["outcome"] == "interrupted"}
    until(lambda: not working(session), "the janitor's end")

    held = feedback.daytwo("ec2", "snapshot", "--id", sorted(begun)[0], "--wait")
    assert held.exit_code == 1
    assert asked["operation"] in held.output

    feedback.account.controls.calm()
    resumed = feedback.daytwo("ec2", "resume", asked["operation"], "--wait")
    assert resumed.exit_code == 0, resumed.output
    until(lambda: set(states_of(ec2, ids).values()) == {"stopped"}, "all stopped")


def working(session):
    """List the janitor's executions that run."""
    machine = session.output("Ec2JanitorStateMachineArn")
    client = session.client("stepfunctions")
    return client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
