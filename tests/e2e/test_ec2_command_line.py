"""EC2 operations from the command line, on a whole embedded account with roles and processes."""

import re

import pytest
from fleets import make_fleet, states_of
from journeys import until

from tasks import store
from workflows.cli.session import Session

TAG = {"Fleet": "command-line"}
INSTANCES = {
    "tags": {"Fleet": ["command-line"]},
    "approval": {"roles": ["release-manager"], "expires_seconds": 36000},
}


@pytest.fixture(scope="module")
def ec2(feedback):
    return Session(local=True, profile="admin").client("ec2")


@pytest.fixture(scope="module")
def fleet(feedback, ec2):
    """Five instances that run, two of them protected."""
    return (
        make_fleet(ec2, 3, TAG),
        make_fleet(ec2, 2, {**TAG, "daytwo:protected": "true"}),
    )


@pytest.fixture(scope="module", autouse=True)
def owned(feedback):
    """Let feedback's dev say that the instances are its own, and who approves what is done."""
    with feedback.settings("dev", instances=INSTANCES):
        yield


def test_a_plan_says_who_is_acted_on_and_who_is_refused(feedback, fleet, ec2):
    free, guarded = fleet
    planned = feedback.said("ec2", "plan", "stop", "--tag", "Fleet=command-line")
    verdicts = {line["instance_id"]: line["verdict"] for line in planned["instances"]}
    assert verdicts == {**dict.fromkeys(free, "act"), **dict.fromkeys(guarded, "refused")}
    assert set(states_of(ec2, free).values()) == {"running"}


def test_a_fleet_is_stopped_and_started_and_followed_batch_by_batch(feedback, fleet, ec2):
    free, guarded = fleet
    for action, state in (("stop", "stopped"), ("start", "running")):
        result = feedback.daytwo(
            "ec2", action, "--tag", "Fleet=command-line", "--reason", "a test", "--wait"
        )
        assert result.exit_code == 0, result.output
        assert re.search(r"Batch 1 of 1, 3 t3\.micro in us-east-1a: done in .*: 3 s", result.output)
        assert f"Succeeded: {action} of 3 instances: 3 succeeded." in result.output
        assert set(states_of(ec2, free).values()) == {state}
    assert set(states_of(ec2, guarded).values()) == {"running"}
    trail = feedback.said("audit", "--resource", free[0])
    assert [(entry["what"], entry["outcome"]) for entry in trail] == [
        ("start", "succeeded"),
        ("stop", "succeeded"),
    ]
    assert {entry["who"].rpartition("/")[2] for entry in trail} == {"alice"}
    listed = feedback.said("ec2", "list")
    assert [entry["action"] for entry in listed[:2]] == ["start", "stop"]


def ask(feedback, ids):
    """Ask as alice for a termination; gives the operation and its approval."""
    asked = feedback.said("ec2", "terminate", "--id", ",".join(ids), "--reason", "Out of use")
    key = store.approval(store.approval_id(asked["execution"]))
    state = Session(local=True, profile="admin").state
    return asked["operation"], until(lambda: state.get(key), "the question")["sk"]


def test_a_rejected_termination_changes_nothing(feedback, fleet, ec2):
    free, _ = fleet
    operation, approval = ask(feedback, free[:1])

    rejected = feedback.daytwo("reject", approval, "--reason", "Still in use", who="bob")
    watched = feedback.daytwo("ec2", "watch", operation)

    assert rejected.exit_code == 0, rejected.output
    assert watched.exit_code == 3
    assert "Still in use" in watched.output
    assert states_of(ec2, free[:1]) == {free[0]: "running"}


def test_a_termination_is_done_when_somebody_else_approved_the_very_ids(feedback, fleet, ec2):
    free, _ = fleet
    operation, approval = ask(feedback, free[:2])

    own = feedback.daytwo("approve", approval, "--reason", "mine")
    approved = feedback.daytwo("approve", approval, "--reason", "Looked", who="bob")
    watched = feedback.daytwo("ec2", "watch", operation)

    assert own.exit_code == 2
    assert "asked for the termination of 2 instances of feedback in dev" in own.output
    assert approved.exit_code == 0, approved.output
    assert all(one in approved.output for one in free[:2])
    assert watched.exit_code == 0, watched.output
    assert states_of(ec2, free) == {
        **dict.fromkeys(free[:2], "terminated"),
        free[2]: "running",
    }
    trail = feedback.said("audit", "--operation", operation)
    told = {(entry["what"], entry["outcome"].partition(":")[0]) for entry in trail}
    assert told == {("approve", "refused"), ("decide", "approved"), ("terminate", "succeeded")}
