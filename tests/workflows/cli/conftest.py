"""An account in memory with daytwo's stack in it, and the command line in front of it."""

import json
import sys
from contextlib import contextmanager

import boto3
import moto
import pytest
from click.testing import CliRunner

from tasks import store
from workflows import systems
from workflows.cli.main import main
from workflows.state import StateTable

REGION = "us-east-1"
DIGEST = "ab" * 32
MACHINE = {
    "StartAt": "Plan",
    "States": {"Plan": {"Type": "Pass", "Next": "Succeeded"}, "Succeeded": {"Type": "Succeed"}},
}
BUCKET = "daytwo-evidence"


def table(*keys):
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(keys, ("HASH", "RANGE"), strict=True)
            ],
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in keys
            ],
        },
    }


SHOP = {
    "name": "shop",
    "roles": {"release-manager": ["arn:aws:iam::123456789012:user/bob"]},
    "environments": [
        {"name": "dev", "stack": "shop-dev"},
        {"name": "prod", "stack": "shop-prod", "approval": {"roles": ["release-manager"]}},
    ],
}


@contextmanager
def _account(monkeypatch, folder):
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("DAYTWO_LOCAL_DIR", str(folder / "local"))
    executing = {"stepfunctions": {"execute_state_machine": True}}
    with moto.mock_aws(config=executing):  # type: ignore[arg-type]
        yield


@pytest.fixture
def empty_account(monkeypatch, tmp_path):
    """An account without daytwo."""
    with _account(monkeypatch, tmp_path):
        yield


class Daytwo:
    """daytwo in an account: its state table, its state machines, its approval URL."""

    def __init__(self):
        self.cloudformation = boto3.client("cloudformation")
        self.stepfunctions = boto3.client("stepfunctions")
        self.dynamodb = boto3.client("dynamodb")
        self.outputs = {
            "PromotionStateMachineArn": self._machine("daytwo-promotion"),
            "JanitorStateMachineArn": self._machine("daytwo-janitor"),
            "Ec2OperationStateMachineArn": self._machine("daytwo-ec2-operation"),
            "BackupStateMachineArn": self._machine("daytwo-backup"),
            "RestoreDrillStateMachineArn": self._machine("daytwo-restore-drill"),
            "DrillJanitorStateMachineArn": self._machine("daytwo-drill-janitor"),
            "DrSimulationStateMachineArn": self._machine("daytwo-dr-simulation"),
            "ApprovalUrl": "http://127.0.0.1:9/",
            "SystemScheduleGroupName": "daytwo-systems",
            "SystemSchedulesRoleArn": "arn:aws:iam::123456789012:role/daytwo-schedules",
            "DeadLetterQueueArn": "arn:aws:sqs:us-east-1:123456789012:daytwo-dead-letters",
        }
        self.deploy()
        boto3.client("scheduler").create_schedule_group(Name="daytwo-systems")
        self.table = StateTable(self._output("StateTableName"), self.dynamodb)

    def deploy(self, **outputs):
        """Deploy the stack, or change what its outputs say."""
        template = {
            "Resources": {
                "StateTable": table("pk", "sk"),
                "AuditTable": table("id", "timestamp"),
                "EvidenceBucket": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {"BucketName": BUCKET},
                },
            },
            "Outputs": {
                "StateTableName": {"Value": {"Ref": "StateTable"}},
                "AuditTableName": {"Value": {"Ref": "AuditTable"}},
                "EvidenceBucketName": {"Value": {"Ref": "EvidenceBucket"}},
                **{name: {"Value": value} for name, value in {**self.outputs, **outputs}.items()},
            },
        }
        stacks = self.cloudformation.describe_stacks()["Stacks"]
        change = self.cloudformation.update_stack if stacks else self.cloudformation.create_stack
        change(StackName="daytwo", TemplateBody=json.dumps(template))

    def register(self, manifest=SHOP):
        systems.put(manifest, "somebody", self.table)

    def publish(self, version, system="shop"):
        self.write({**store.release(system, version), "digest": DIGEST})

    def write(self, record):
        self.dynamodb.put_item(TableName=self.table.name, Item=store.to_item(record))

    def audit(self, *entries):
        """Write entries into the audit trail, or read all that there are."""
        name = self._output("AuditTableName")
        for entry in entries:
            self.dynamodb.put_item(TableName=name, Item=store.to_item(entry))
        return [store.from_item(item) for item in self.dynamodb.scan(TableName=name)["Items"]]

    def evidence(self, key, content):
        """Write an object of the evidence bucket; lines as JSON where it is a list."""
        if isinstance(content, list):
            content = "".join(f"{json.dumps(line)}\n" for line in content)
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content.encode())

    def run(self, definition=None, document=None, workflow="Promotion"):
        """Start an execution of one of the machines with a definition of its own."""
        machine = self.outputs[f"{workflow}StateMachineArn"]
        if definition:
            self.define(definition, workflow)
        reply = self.stepfunctions.start_execution(
            stateMachineArn=machine, name="run-1", input=json.dumps(document or {})
        )
        return reply["executionArn"]

    def define(self, definition, workflow="Promotion"):
        self.stepfunctions.update_state_machine(
            stateMachineArn=self.outputs[f"{workflow}StateMachineArn"],
            definition=json.dumps(definition),
        )

    def _machine(self, name):
        reply = self.stepfunctions.create_state_machine(
            name=name,
            definition=json.dumps(MACHINE),
            roleArn="arn:aws:iam::123456789012:role/machine",
        )
        return reply["stateMachineArn"]

    def _output(self, name):
        outputs = self.cloudformation.describe_stacks(StackName="daytwo")["Stacks"][0]["Outputs"]
        return next(entry["OutputValue"] for entry in outputs if entry["OutputKey"] == name)


@pytest.fixture
def daytwo(empty_account):
    """An account with daytwo deployed."""
    return Daytwo()


@pytest.fixture
def run(monkeypatch):
    """Run the command line: run("status", "--json") gives its exit code and what it printed."""
    monkeypatch.setattr(sys, "argv", ["daytwo"])

    def invoke(*arguments):
        return CliRunner().invoke(main, list(arguments), prog_name="daytwo")

    return invoke
