"""request_sign_off: each team is asked under an id of its own, and all sign the same."""

import json

import boto3
import pytest
import simulations
from simulations import BOB, EXECUTION, ID

from tasks import decisions, store
from tasks.approval import close_approval, decide
from tasks.errors import InvalidInput
from tasks.simulation import request_sign_off
from tasks.simulations import folders

RESULTS = {
    "verdict": "PASS",
    "end": "Succeeded",
    "key": "k",
    "report_key": "r",
    "digest": "ab" * 32,
    "lines": ["data-corruption: PASS"],
    "words": "PASS.",
}


@pytest.fixture
def ask(shop, monkeypatch):
    topic = boto3.client("sns").create_topic(Name="daytwo")["TopicArn"]
    monkeypatch.setenv("NOTIFICATION_TOPIC", topic)
    plan = shop.plan()

    def ask(team="platform", overdue=False, token="token"):
        document = {
            "plan": plan,
            "team": {"name": team, "role": team},
            "results": RESULTS,
            "overdue": overdue,
            "now": simulations.NOW,
            "task_token": token,
        }
        return request_sign_off.handler(document, None)["id"]

    return ask


def approval(shop, identifier):
    return shop.read(store.approval(identifier))


def test_each_team_has_a_question_of_its_own(shop, ask):
    first, second = ask("platform"), ask("support")
    assert first != second
    assert first != store.approval_id(EXECUTION["id"])
    assert approval(shop, first)["roles"] == ["platform"]
    assert approval(shop, second)["team"] == "support"


def test_the_question_has_the_results_and_when_it_is_due(shop, ask):
    record = approval(shop, ask())
    assert record["subject"] == "the sign-off of platform under the simulation of shop"
    assert (record["digest"], record["changes"]) == ("ab" * 32, ["data-corruption: PASS"])
    assert (record["simulation"], record["overdue"]) == (ID, False)
    assert record["due_at"] == "2026-11-02T05:00:00Z"
    assert record["plan"] == f"daytwo simulation show {ID}"


def test_what_is_overdue_says_so_and_was_due_when_it_is_asked_again(shop, ask):
    ask()
    record = approval(shop, ask(overdue=True, token="another"))
    assert record["subject"].endswith("(overdue)")
    assert (record["overdue"], record["due_at"]) == (True, simulations.NOW)


def test_what_was_answered_is_not_asked_again(shop, ask):
    identifier = ask()
    shop.dynamodb.update_item(
        TableName=shop.table,
        Key=store.to_item(store.approval(identifier)),
        UpdateExpression="SET delivered_at = :now, #status = :approved",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=store.to_item({":now": "now", ":approved": "approved"}),
    )
    assert ask(overdue=True, token="another") == identifier
    assert approval(shop, identifier)["status"] == "approved"


class Tokens:
    """Step Functions, as far as answers go."""

    def __init__(self):
        self.answered = []

    def send_task_success(self, taskToken, output):
        self.answered.append((taskToken, json.loads(output)["decided_by"]))


def test_it_is_decided_through_the_approval_url_by_the_teams_role_alone(shop, ask, audit_table):
    identifier, tokens = ask(), Tokens()
    places = decisions.Places(shop.table, audit_table, shop.dynamodb, tokens)
    said = {"id": identifier, "decision": "approve", "reason": "seen", "digest": "ab" * 32}
    with pytest.raises(decisions.Refused, match="is not platform of shop"):
        decide.decide(BOB.replace("bob", "carol"), said, places)
    with pytest.raises(decisions.Refused, match="is the same person"):
        decide.decide(simulations.ALICE, said, places)
    assert decide.decide(BOB, said, places).endswith("is approved.")
    assert tokens.answered == [("token", BOB)]


def test_it_is_closed_under_the_name_that_the_workflow_gives(shop, ask, audit_table):
    identifier = ask()
    name = folders.sign_off_of(EXECUTION["id"], "platform")
    answer = close_approval.handler({"execution": name, "status": "expired"}, None)
    assert answer == {"closed": 1}
    assert approval(shop, identifier)["status"] == "expired"


def test_the_task_refuses_a_question_without_a_token(shop):
    with pytest.raises(InvalidInput, match="task_token"):
        request_sign_off.handler({"plan": shop.plan()}, None)
