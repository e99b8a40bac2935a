"""request_approval: people see the whole plan before they agree to it."""

import boto3
import pytest
from drill_documents import EXECUTION, ID, plan

from tasks import store
from tasks.drill import request_approval
from tasks.drills import records
from tasks.errors import InvalidInput

ASKED = plan(
    approval={"required": True, "roles": ["release-manager"], "expires_seconds": 3600},
    lines=["Drill data-corruption of feedback", "items: restore it"],
    reason="the monthly one",
)


@pytest.fixture
def asked(state_table, aws, monkeypatch):
    topic = boto3.client("sns").create_topic(Name="daytwo")["TopicArn"]
    monkeypatch.setenv("NOTIFICATION_TOPIC", topic)
    return lambda: request_approval.handler({"plan": ASKED, "task_token": "token"}, None)


def test_the_question_names_the_drill_and_has_its_plan(asked, state_table, dynamodb):
    identifier = asked()["id"]
    assert identifier == store.approval_id(EXECUTION["id"])
    record = records.read(store.approval(identifier), state_table, dynamodb)
    assert record["subject"] == "the drill data-corruption of feedback in dev"
    assert record["changes"] == ASKED["lines"]
    assert (record["digest"], record["roles"]) == (ASKED["digest"], ["release-manager"])
    assert (record["reason"], record["drill"]) == ("the monthly one", ID)


def test_asked_again_it_is_the_same_question(asked):
    assert asked() == asked()


def test_the_task_refuses_a_plan_without_a_digest(asked):
    broken = {name: value for name, value in ASKED.items() if name != "digest"}
    with pytest.raises(InvalidInput, match="digest"):
        request_approval.handler({"plan": broken, "task_token": "token"}, None)
