"""Sessions know when they were given out, and a role's policies can be simulated."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from weather import weathered

from infra.local import iam
from infra.local.iam.principals import find

TRUST = {"Version": "2012-10-17", "Statement": []}
ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
REVOKE = {
    "Effect": "Deny",
    "Action": ["*"],
    "Resource": ["*"],
    "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-21T12:00:00Z"}},
}


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with weathered(iam) as account:
        yield account


@pytest.fixture
def role(account):
    client = boto3.client("iam")
    client.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    for name, statement in (("work", ALLOW), ("revoke", REVOKE)):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client.put_role_policy(RoleName="worker", PolicyName=name, PolicyDocument=document)
    return "arn:aws:iam::123456789012:role/worker"


def simulated(role, issued, action="s3:GetObject"):
    reply = boto3.client("iam").simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=[action],
        ContextEntries=[
            {
                "ContextKeyName": "aws:TokenIssueTime",
                "ContextKeyValues": [issued],
                "ContextKeyType": "date",
            }
        ],
    )
    return [result["EvalDecision"] for result in reply["EvaluationResults"]]


@pytest.mark.parametrize(
    ("issued", "action", "decision"),
    [
        ("2026-11-21T11:59:59Z", "s3:GetObject", "explicitDeny"),
        ("2026-11-21T12:00:00Z", "s3:GetObject", "allowed"),
        ("2026-11-21T12:00:00Z", "sqs:SendMessage", "implicitDeny"),
    ],
)
def test_a_session_is_judged_by_when_it_was_given_out(role, issued, action, decision):
    assert simulated(role, issued, action) == [decision]


def test_a_role_that_is_not_there_cannot_be_simulated(account):
    with pytest.raises(ClientError, match="NoSuchEntity"):
        simulated("arn:aws:iam::123456789012:role/nobody", "2026-11-21T12:00:00Z")


def test_a_session_has_the_account_s_time_of_its_beginning(role, account):
    account.clock.advance(3600)
    keys = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="late")["Credentials"]
    session = find(keys["AccessKeyId"], account)
    assert session.issued_at == account.clock.now().isoformat(timespec="seconds")
    assert session.context["aws:tokenissuetime"] == session.issued_at


@mock_aws
def test_moto_cannot_simulate_a_policy():
    """When this fails, moto can, and half of infra/local/iam/sessions.py can go."""
    with pytest.raises(NotImplementedError):
        boto3.client("iam", region_name="us-east-1").simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::123456789012:role/worker", ActionNames=["s3:GetObject"]
        )
