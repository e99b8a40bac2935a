"""A decision counts once, in time, by somebody else who has the role, on what was shown."""

import pytest
from journeys import BY_BOB

from workflows.cli.approvals import send
from workflows.cli.session import Session


@pytest.fixture(scope="module")
def release(feedback):
    return feedback.publish()


@pytest.fixture(scope="class")
def waiting(feedback, release):
    """An execution that waits for a decision."""
    with feedback.settings("dev", approval=BY_BOB):
        execution = feedback.start(release, "dev")
        feedback.question(execution)
    yield execution
    feedback.decide(execution, "reject", "bob")
    feedback.end(execution)


def assert_still_open(feedback, execution, what):
    """The question stands as before, and the audit trail has the attempt."""
    assert feedback.question(execution)["status"] == "pending"
    assert [outcome for did, outcome in feedback.audit(execution) if did == what]


class TestWhileItWaits:
    """Of one execution that waits, everything that must not decide it."""

    def test_the_requester_may_not_approve(self, feedback, waiting):
        refused = feedback.decide(waiting, "approve", "alice")
        assert refused.exit_code == 2
        assert "asked for the promotion of feedback" in refused.output
        assert "somebody else has to decide" in refused.output
        assert_still_open(feedback, waiting, "approve")

    def test_a_stranger_may_not_decide_whatever_iam_allows_him(self, feedback, waiting):
        refused = feedback.decide(waiting, "reject", "admin")
        assert refused.exit_code == 2
        assert "user/admin is not release-manager of feedback" in refused.output
        assert_still_open(feedback, waiting, "reject")

    def test_who_has_lost_the_role_may_not_decide_any_more(self, feedback, waiting):
        others = {"release-manager": ["arn:aws:iam::123456789012:user/carol"]}
        with feedback.settings("prod", roles=others):
            refused = feedback.decide(waiting, "approve", "bob")
        assert refused.exit_code == 2
        assert "user/bob is not release-manager of feedback" in refused.output
        assert_still_open(feedback, waiting, "approve")

    def test_an_approval_of_another_digest_does_not_count(self, feedback, waiting):
        asked = feedback.question(waiting)
        body = {"id": asked["sk"], "decision": "approve", "reason": "", "digest": "0" * 64}
        status, message = send({**body, "reason": "a test"}, Session(local=True, profile="bob"))
        assert status == 409
        assert f"This approval is for the digest {asked['digest']}, not for {'0' * 64}" in message
        assert_still_open(feedback, waiting, "approve")


def test_a_decision_counts_once_and_a_rejection_changes_nothing(feedback, release):
    before = feedback.seen("dev")
    with feedback.settings("dev", approval=BY_BOB):
        execution = feedback.start(release, "dev")
        rejected = feedback.decide(execution, "reject", "bob")
        assert rejected.exit_code == 0
        again = feedback.decide(execution, "approve", "bob")
    assert again.exit_code == 2
    assert "was rejected by arn:aws:iam::123456789012:user/bob" in again.output
    watched = feedback.daytwo("watch", execution)
    assert watched.exit_code == 3
    assert "FailedClean: Rejected by arn:aws:iam::123456789012:user/bob: a test" in watched.output
    assert feedback.seen("dev") == before


def test_an_approval_that_comes_too_late_is_refused(feedback, release):
    before = feedback.seen("dev")
    with feedback.settings("dev", approval={**BY_BOB, "expires_seconds": 600}):
        execution = feedback.start(release, "dev")
        described = feedback.end(execution)
    assert described["error"] == "FailedClean"
    assert "Nobody decided before the approval expired" in described["cause"]
    late = feedback.decide(execution, "approve", "bob")
    assert late.exit_code == 3
    assert "expired. Start it again." in late.output
    assert feedback.daytwo("watch", execution).exit_code == 3
    assert feedback.seen("dev") == before


def test_an_execution_aborted_while_it_waits_asks_no_longer_and_frees_the_environment(
    feedback, release
):
    before = feedback.seen("dev")
    with feedback.settings("dev", approval=BY_BOB):
        execution = feedback.start(release, "dev")
        feedback.question(execution)
        feedback.account.client("stepfunctions", "alice").stop_execution(executionArn=execution)
    assert feedback.cleaned(execution)["error"] == "FailedClean"
    late = feedback.decide(execution, "approve", "bob")
    assert late.exit_code == 2
    assert "has ended; there is nothing to decide any more" in late.output
    assert feedback.seen("dev") == before
