"""Closing an approval that nobody is to decide any more."""

import pytest

from tasks.approval import close_approval, request_approval
from tasks.store import to_item

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:feedback-prod-1.1.0"


@pytest.fixture
def pending(dynamodb, state_table, question):
    dynamodb.put_item(TableName=state_table, Item=to_item(request_approval.pending(question)))


def close(status):
    return close_approval.handler({"execution": EXECUTION, "status": status}, None)


@pytest.mark.parametrize("status", ["expired", "void"])
def test_a_pending_approval_is_closed_once(pending, audit_table, approval, trail, status):
    assert close(status) == {"closed": 1}
    assert close(status) == {"closed": 0}

    assert approval()["status"] == status
    assert [entry["outcome"] for entry in trail()] == [status]


def test_an_execution_without_an_approval_has_nothing_to_close(state_table, audit_table):
    assert close("void") == {"closed": 0}


@pytest.mark.parametrize("status", ["expired", "void"])
def test_a_delivered_decision_stays(pending, audit_table, approval, set_approval, status):
    set_approval(status="rejected", delivered_at="2026-11-20T12:00:00Z")

    assert close(status) == {"closed": 0}
    assert approval()["status"] == "rejected"


def test_a_decision_that_came_too_late_for_the_execution_has_expired(
    pending, audit_table, approval, set_approval
):
    set_approval(status="approved")

    assert close("void") == {"closed": 0}
    assert close("expired") == {"closed": 1}
    assert approval()["status"] == "expired"
