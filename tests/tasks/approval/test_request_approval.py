"""Asking people for an approval."""

import boto3
import pytest

from tasks import questions
from tasks.approval import request_approval
from tasks.errors import InvalidInput, Throttled
from tasks.store import approval_id

ALICE = "arn:aws:iam::123456789012:user/alice"


@pytest.fixture
def ask(dynamodb, state_table, topic):
    def asked(question, **clients):
        return questions.ask(
            request_approval.pending(question),
            table=state_table,
            topic=topic,
            **{"dynamodb": dynamodb, "sns": boto3.client("sns"), **clients},
        )

    return asked


def test_the_question_is_recorded_with_all_that_a_decision_needs(ask, question, approval):
    identifier = ask(question)

    record = approval()
    assert identifier == record["sk"]
    assert record["status"] == "pending"
    assert record["subject"] == "the promotion of feedback 1.1.0 to prod"
    assert record["task_token"] == "token-1"
    assert record["digest"] == "ab" * 32
    assert record["roles"] == ["release-manager"]
    assert record["requested_by"] == ALICE
    assert record["change_set"].startswith("arn:aws:cloudformation:")
    assert record["execution"] == question["execution"]["id"]
    assert record["changes"] == [
        "function feedback-prod-health: from 1.0.0 to 1.1.0",
        "site feedback-prod-site: from 1.0.0 to 1.1.0",
        "stack feedback-prod: modify AWS::DynamoDB::Table Items",
    ]


def test_people_are_told_what_it_is_and_how_to_decide(ask, question, published):
    identifier = ask(question)

    ((subject, message),) = published()
    assert subject == "daytwo: the promotion of feedback 1.1.0 to prod waits for approval"
    for words in (
        "release-manager",
        ALICE,
        "Ships search",
        "ab" * 32,
        "modify AWS::DynamoDB::Table Items",
        f"daytwo approve {identifier} --reason",
        f"daytwo reject {identifier} --reason",
        "Expires: 20",
    ):
        assert words in message


def test_the_same_delivery_again_changes_nothing(ask, question, approval, published):
    first = ask(question)
    record = approval()

    assert ask(question) == first
    assert approval() == record
    assert len(published()) == 1


def test_a_new_token_replaces_the_old_one(ask, question, approval):
    first = ask(question)
    again = ask({**question, "task_token": "token-2"})

    assert again == first
    assert approval()["task_token"] == "token-2"


def test_a_decision_that_the_execution_never_got_is_asked_for_again(
    ask, question, approval, set_approval
):
    ask(question)
    set_approval(status="approved", decided_by="bob")

    ask({**question, "task_token": "token-2"})

    assert approval()["status"] == "pending"
    assert "decided_by" not in approval()


def test_a_delivered_decision_is_not_asked_for_again(ask, question, approval, set_approval):
    ask(question)
    set_approval(status="approved", delivered_at="2026-11-20T12:00:00Z")

    ask({**question, "task_token": "token-2"})

    assert approval()["status"] == "approved"
    assert approval()["task_token"] == "token-1"


def test_a_failed_notification_fails_the_task_so_that_it_is_sent_again(
    ask, question, refusing, published
):
    with pytest.raises(Throttled):
        ask(question, sns=refusing(boto3.client("sns"), "publish", "Throttling"))

    ask({**question, "task_token": "token-2"})
    assert len(published()) == 1


def test_a_first_release_is_worded_too(plan):
    plan["previous"]["release"] = ""
    plan["site"]["present"] = False
    change = {"action": "Modify", "type": "AWS::X::Y", "id": "Z", "replacement": "Conditional"}

    assert request_approval.changes(plan, {"changes": [change]}) == [
        "function feedback-prod-health: from nothing to 1.1.0",
        "stack feedback-prod: modify AWS::X::Y Z (may be replaced)",
    ]


def test_of_many_changes_the_first_are_named_and_the_rest_counted(question):
    question["change_set"]["changes"] *= 100

    changes = request_approval.pending(question)["changes"]

    assert changes[-1] == "and 42 more"
    assert len(changes) == 61


def test_the_function_answers_the_workflow(question, state_table, topic, approval):
    reply = request_approval.handler({**question, "correlation_id": "x"}, None)

    assert reply == {"id": approval_id(question["execution"]["id"])}


def test_a_question_without_a_token_is_refused(question):
    del question["task_token"]

    with pytest.raises(InvalidInput, match="task_token"):
        request_approval.handler(question, None)
