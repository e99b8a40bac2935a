"""What the tests of a drill's core share: an account with logs, executions, and plans."""

import json
from datetime import timedelta
from types import SimpleNamespace

import boto3
import pytest
from drill_documents import EXECUTION, NOW, plan
from drill_systems import request, system
from weather import weathered

from infra.local import dynamodb as tables
from infra.local import rds, ssm
from tasks import store
from tasks.backups import records as backups
from tasks.drill import open_drill, plan_drill
from tasks.drills import papers
from tasks.runtime import iso

CONTEXT = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f")


@pytest.fixture
def aws(monkeypatch):
    """An account whose tables and databases have a log, on a clock that a test advances."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered(tables, rds, ssm) as account:
        yield account


class Executions:
    """Step Functions with executions in the states that a test says."""

    class exceptions:
        class ExecutionDoesNotExist(Exception):
            pass

    def __init__(self):
        self.statuses = {}
        self.causes = {}

    def describe_execution(self, executionArn):
        if executionArn not in self.statuses:
            raise self.exceptions.ExecutionDoesNotExist(executionArn)
        cause = self.causes.get(executionArn)
        status = self.statuses[executionArn]
        return {
            "status": status,
            "executionArn": executionArn,
            **({"cause": cause} if cause else {}),
        }


@pytest.fixture
def executions():
    return Executions()


@pytest.fixture
def opened(executions, state_table, dynamodb):
    """Open a drill, the usual one without any other plan."""

    def opened(asked=None, now=NOW):
        return open_drill.opened(asked or plan(), now, state_table, dynamodb, executions)

    return opened


@pytest.fixture
def moment(aws):
    return lambda seconds=0: iso(aws.clock.now() + timedelta(seconds=seconds))


@pytest.fixture
def register(state_table, evidence_bucket, dynamodb):
    def register(manifest):
        item = {**store.system(manifest["name"]), "manifest": json.dumps(manifest)}
        dynamodb.put_item(TableName=state_table, Item=store.to_item(item))

    register(system())
    return register


@pytest.fixture
def make_table(dynamodb):
    def make_table(name, recoverable=True):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        if recoverable:
            dynamodb.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )

    return make_table


@pytest.fixture
def items(make_table, aws):
    """The table of the scenario, with half an hour of log."""
    make_table("feedback-prod-items")
    aws.clock.advance(1800)


@pytest.fixture
def planned(register, moment):
    def planned(asked=None):
        document = {"request": asked or request(), "execution": EXECUTION, "now": moment()}
        return plan_drill.handler(document, CONTEXT)

    return planned


@pytest.fixture
def whole(s3, evidence_bucket):
    return lambda plan: papers.get(plan["plan_key"], evidence_bucket, s3, plan["digest"])


@pytest.fixture
def back_up(state_table, dynamodb):
    def back_up(component, made_at, *ids, status="good", copies=()):
        backups.write(
            {
                "system": "feedback",
                "environment": "prod",
                "backup": f"{made_at[:10].replace('-', '')}t030000-0000000a",
                "component": component,
                "status": status,
                "at": made_at,
                "points": [{"id": one, "resource": component, "at": made_at} for one in ids],
                "manifest_key": "",
                "copies": list(copies),
                "target": {},
            },
            state_table,
            dynamodb,
        )

    return back_up


@pytest.fixture
def databases(aws):
    """An instance and a cluster with two hours of log."""
    rds = boto3.client("rds")
    about = {"MasterUsername": "daytwo", "MasterUserPassword": "daytwo-password"}
    rds.create_db_instance(
        DBInstanceIdentifier="feedback-prod-db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        BackupRetentionPeriod=7,
        **about,
    )
    rds.create_db_cluster(
        DBClusterIdentifier="feedback-prod-cluster", Engine="aurora-postgresql", **about
    )
    aws.clock.advance(7200)
    return rds
