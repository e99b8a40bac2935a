"""A role's older sessions are refused, IAM says so, and are let in again after the drill."""

import json

import pytest
from drill_documents import ID, PREFIX, component

from infra.local import iam as local_iam
from tasks.drills import ledger, sessions
from tasks.errors import DrillRefused, NotACopy
from tasks.scenario import check_sessions, restore_sessions, revoke_sessions

ROLE = "feedback-dev-worker"
NAME = f"{PREFIX}-revoke-older-sessions"
NOW = "2026-11-02T03:10:00Z"


@pytest.fixture
def role(account, iam, state_table):
    local_iam.install(account)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
    return component("worker", type="iam_role", chain="sessions", resource=ROLE, copy="")


def policies(iam):
    return iam.list_role_policies(RoleName=ROLE)["PolicyNames"]


def test_sessions_are_revoked_from_the_moment_of_the_first_delivery(step, role, iam):
    first = step(revoke_sessions, role, now=NOW)
    second = step(revoke_sessions, role, now="2026-11-02T03:11:00Z")
    assert (first["done"], second["done"]) == (False, True)
    assert first["revoked_before"] == second["revoked_before"] == NOW
    document = iam.get_role_policy(RoleName=ROLE, PolicyName=NAME)["PolicyDocument"]
    condition = document["Statement"][0]["Condition"]
    assert condition == {"DateLessThan": {"aws:TokenIssueTime": NOW}}


def test_iam_refuses_older_sessions_and_no_newer_ones(step, role):
    step(revoke_sessions, role, now=NOW)
    checks = step(check_sessions, role, revoked_before=NOW)["checks"]
    assert [check["verdict"] for check in checks] == ["PASS", "PASS"]


def test_sessions_that_still_work_fail_the_check(step, role):
    checks = step(check_sessions, role, revoked_before=NOW)["checks"]
    assert [(check["verdict"], check["observed"]) for check in checks] == [
        ("FAIL", "implicitDeny"),
        ("PASS", "implicitDeny"),
    ]


def test_a_policy_that_refuses_newer_sessions_too_fails_the_check(step, role, iam):
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=document)
    checks = step(check_sessions, role, revoked_before=NOW)["checks"]
    assert [check["verdict"] for check in checks] == ["PASS", "FAIL"]


def test_a_service_linked_role_is_left_as_it_is(step, role, iam):
    linked = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
    with pytest.raises(DrillRefused, match="service-linked"):
        step(revoke_sessions, {**role, "resource": linked["RoleName"]})
    assert iam.list_role_policies(RoleName=linked["RoleName"])["PolicyNames"] == []


def test_the_policy_is_taken_away_and_proved_to_be(step, undo, role, iam, state_table, dynamodb):
    step(revoke_sessions, role)
    (row,) = ledger.rows(ID, table=state_table, dynamodb=dynamodb)
    assert undo(restore_sessions, row)["done"] is False
    proved = undo(restore_sessions, row)
    assert proved == {"done": True, "proof": f"GetRolePolicy: {ROLE} has no policy {NAME}"}
    assert policies(iam) == []
    (row,) = ledger.rows(ID, table=state_table, dynamodb=dynamodb)
    assert row["status"] == "gone"


def test_what_a_person_revoked_in_earnest_is_never_taken_away(step, undo, role, iam, state_table):
    document = sessions.policy(NOW)
    name = "AWSRevokeOlderSessions"
    iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=document)
    row = {"drill": ID, "kind": "sessions", "name": ROLE, "component": "worker"}
    row |= {"target": {"region": "", "role_arn": ""}, "detail": {"policy": name, "before": NOW}}
    row |= {"status": "planned", "planned_at": NOW, "gone_at": "", "proof": ""}
    with pytest.raises(NotACopy, match=name):
        undo(restore_sessions, row)
    assert policies(iam) == [name]
