"""What the tests of scenarios share: an account with weather, and daytwo's state in it."""

import boto3
import pytest
from drill_documents import component, drill
from weather import weathered

from infra.local import autoscaling as scaling
from infra.local import elbv2 as balancers
from infra.local import route53 as dns
from tasks import runtime


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered(balancers, scaling, dns) as account:
        _forget_clients()
        yield account
    _forget_clients()


@pytest.fixture
def aws(account):
    """The account of the shared fixtures is the one with weather."""


@pytest.fixture
def autoscaling(account):
    return boto3.client("autoscaling")


@pytest.fixture
def elbv2(account):
    return boto3.client("elbv2")


@pytest.fixture
def ec2(account):
    return boto3.client("ec2")


@pytest.fixture
def iam(account):
    return boto3.client("iam")


@pytest.fixture
def stop(dynamodb, state_table):
    """Stop the drill, as a person does."""

    def stop():
        item = {"pk": {"S": "DRILL"}, "sk": {"S": drill()["id"]}, "stop": {"S": "by alice"}}
        dynamodb.put_item(TableName=state_table, Item=item)

    return stop


@pytest.fixture
def step():
    """Call a step's handler with a component, at a moment of the drill."""

    def step(task, found=None, now="2026-11-02T03:10:00Z", **more):
        document = {"component": found or component(), "drill": drill(), "now": now, **more}
        return task.handler(document, None)

    return step


@pytest.fixture
def undo():
    """Call an undoer's handler with a row of the ledger."""

    def undo(task, row, now="2026-11-02T03:40:00Z"):
        return task.handler({"row": row, "now": now}, None)

    return undo


def _forget_clients():
    for cached in (runtime._client, runtime._session):
        cached.cache_clear()
