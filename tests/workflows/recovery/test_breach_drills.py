"""After a breach older sessions are refused and instances cut off; afterwards all is as before."""

import json

import boto3
import pytest
from drilled_systems import manifest, stop

from tasks.drills import sessions

ROLE = {"name": "worker", "type": "iam_role", "role": "shop-{environment}-worker"}
NAME = "shop-dev-worker"


@pytest.fixture
def iam(house):
    """A role of dev that is opened to the scenario."""
    iam = boto3.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)
    house.register(manifest([ROLE], {"security-breach": {"opens": ["worker"]}}))
    return iam


def policies(iam):
    return iam.list_role_policies(RoleName=NAME)["PolicyNames"]


def checks(house):
    (component,) = house.evidence("one")["components"]
    return {check["name"]: check["verdict"] for check in component["checks"]}


def test_sessions_are_revoked_seen_to_be_refused_and_let_in_again(house, iam):
    result = house.drill("shop", "security-breach", name="one")
    assert result.status == "SUCCEEDED", result.cause
    assert checks(house)["older sessions are refused"] == "PASS"
    assert checks(house)["new sessions are not refused"] == "PASS"
    assert policies(iam) == []
    (row,) = house.ledger("one")
    assert (row["kind"], row["status"]) == ("sessions", "gone")
    assert house.record("one")["rto_seconds"] > 0


def test_sessions_that_go_on_turn_it_red(house, iam, monkeypatch):
    nothing = json.loads(sessions.policy("2026-11-02T03:10:00Z"))
    nothing["Statement"][0]["Condition"]["DateLessThan"] = {
        "aws:TokenIssueTime": "2000-01-01T00:00:00Z"
    }
    monkeypatch.setattr(sessions, "policy", lambda _: json.dumps(nothing))
    result = house.drill("shop", "security-breach", name="one")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert checks(house)["older sessions are refused"] == "FAIL"
    assert house.record("one")["verdict"] == "FAIL"
    assert policies(iam) == []


def test_a_stop_lets_the_sessions_in_again(house, iam):
    plain = house.tasks()["scenario_revoke_sessions"]

    def revoke(document):
        answer = plain(document)
        stop(house, "one")
        return answer

    tasks = {"scenario_revoke_sessions": revoke}
    result = house.drill("shop", "security-breach", name="one", tasks=tasks)
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert "by bob: enough" in result.cause
    assert policies(iam) == []


def test_a_role_that_is_not_opened_is_left_alone(house, iam):
    key = {"pk": {"S": "SYSTEM"}, "sk": {"S": "shop"}}
    item = house.dynamodb.get_item(TableName="daytwo-state", Key=key)["Item"]
    described = json.loads(item["manifest"]["S"])
    described["recovery"]["scenarios"]["security-breach"]["opens"] = []
    item["manifest"] = {"S": json.dumps(described)}
    house.dynamodb.put_item(TableName="daytwo-state", Item=item)
    result = house.drill("shop", "security-breach", name="one")
    assert (result.status, result.error) == ("FAILED", "FailedClean")
    assert "add it to recovery.scenarios.security-breach.opens" in result.cause
    assert policies(iam) == []
