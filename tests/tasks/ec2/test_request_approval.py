"""Asking people for the approval of an EC2 operation."""

import boto3
import pytest
from moto.sns.models import sns_backends

from tasks import store
from tasks.ec2 import request_approval
from tasks.errors import InvalidInput
from tasks.questions import message

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-operation:terminate-1"
IDS = ["i-0123456789abcdef0", "i-0123456789abcdef1"]


@pytest.fixture
def topic(aws, monkeypatch):
    arn = boto3.client("sns").create_topic(Name="daytwo")["TopicArn"]
    monkeypatch.setenv("NOTIFICATION_TOPIC", arn)
    return arn


@pytest.fixture
def question():
    """What the workflow sends to ask whether two instances may be terminated."""
    return {
        "plan": {
            "operation": "terminate-1",
            "action": "terminate",
            "system": "financial",
            "environment": "prod",
            "production": True,
            "target": {"region": "", "role_arn": ""},
            "plan_key": "operations/terminate-1/plan.jsonl",
            "batches_key": "operations/terminate-1/batches.json",
            "digest": "ab" * 32,
            "matched": 2,
            "to_act": 2,
            "already": 0,
            "refused": 0,
            "batch_count": 1,
            "at_once": 0,
            "max_unavailable": 0,
            "max_errors": 0,
            "rounds": {"verify": 60, "drain": 40, "patch": 240},
            "instance_refresh": "",
            "lines": [f"terminate {instance}" for instance in IDS],
            "approval": {
                "required": True,
                "roles": ["operator"],
                "expires_seconds": 3600,
                "reasons": ["it is production", "terminate cannot be undone"],
            },
        },
        "request": {
            "action": "terminate",
            "targets": {"instance_ids": IDS},
            "reason": "Out of use",
            "requested_by": "arn:aws:iam::123456789012:user/alice",
        },
        "execution": {
            "id": EXECUTION,
            "name": "terminate-1",
            "started_at": "2026-11-20T12:00:00Z",
        },
        "task_token": "token-1",
    }


def test_the_question_names_the_very_instances_that_are_terminated(question):
    record = request_approval.pending(question)

    assert record["subject"] == "the termination of 2 instances of financial in prod"
    assert record["changes"] == [f"terminate {instance}" for instance in IDS]
    assert record["digest"] == question["plan"]["digest"]
    assert record["because"] == "it is production; terminate cannot be undone"
    assert "release" not in record


def test_people_are_told_why_they_are_asked_and_where_the_plan_is(question):
    words = message(request_approval.pending(question))

    for part in (
        "The termination of 2 instances of financial in prod waits for approval by operator.",
        "Asked because: it is production; terminate cannot be undone",
        "Plan: daytwo ec2 show terminate-1",
        "Reason: Out of use",
        *IDS,
    ):
        assert part in words


def test_the_function_records_the_question_and_publishes_it_once(
    question, dynamodb, state_table, topic
):
    replies = [request_approval.handler({**question, "correlation_id": "x"}, None) for _ in "ab"]

    identifier = store.approval_id(EXECUTION)
    assert replies == [{"id": identifier}] * 2
    key = store.to_item(store.approval(identifier))
    record = store.from_item(dynamodb.get_item(TableName=state_table, Key=key)["Item"])
    assert (record["status"], record["task_token"]) == ("pending", "token-1")
    notes = sns_backends["123456789012"]["us-east-1"].topics[topic].sent_notifications
    assert len(notes) == 1


@pytest.mark.parametrize("action", request_approval.DEEDS)
def test_each_action_has_a_name_for_its_deed(question, action):
    plan = {**question["plan"], "action": action, "to_act": 1}

    assert request_approval.subject(plan).endswith(" of 1 instance of financial in prod")


def test_every_action_that_there_is_can_be_asked_for():
    from schemas import validation

    assert set(request_approval.DEEDS) == set(validation.load("ec2")["$defs"]["action"]["enum"])


def test_a_question_without_a_token_is_refused(question):
    del question["task_token"]

    with pytest.raises(InvalidInput, match="task_token"):
        request_approval.handler(question, None)
