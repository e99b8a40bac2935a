"""A stack with its export, on the account whose CloudFormation makes resources in order."""

import contextlib
import json
from pathlib import Path

import boto3
from drill_documents import component, drill

from infra.local import cloudformation
from infra.local.account import Account
from tasks.backup import export_stack

SOURCE, COPY = "feedback-prod", "drill-1f0c2a9b-stack"
DRILL = drill(scenario="infrastructure-failure")
BACKUP = {
    "id": "20261102t030000-1f0c2a9b",
    "system": "feedback",
    "environment": "prod",
    "kind": "exports",
    "account": "",
    "target": {"region": "", "role_arn": ""},
    "started_at": "2026-11-02T03:00:00Z",
    "execution": drill()["execution"],
    "requested_by": "schedule",
}
NOW = "2026-11-02T03:00:05Z"


class Mocked(Account):
    """An account whose own parts reach moto in this process."""

    def client(self, service, region="us-east-1"):
        return boto3.client(service, region_name=region)


@contextlib.contextmanager
def real_stacks():
    """Let CloudFormation of a mocked account keep to its own rules."""
    account = Mocked(port=0, workdir=Path())
    try:
        cloudformation.install(account)
        yield
    finally:
        account.stop()


def table(name, **more):
    """Describe a table that outlives its stack."""
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "Properties": {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            **more,
        },
    }


def template(**resources):
    """Write a template whose names the parameter Environment decides."""
    by_environment = {"Fn::Sub": "feedback-${Environment}-items"}
    return {
        "Parameters": {
            "Environment": {"Type": "String"},
            "Size": {"Type": "String", "Default": "1"},
        },
        "Resources": {"Items": table(by_environment, DeletionProtectionEnabled=True), **resources},
        "Outputs": {"Table": {"Value": {"Ref": "Items"}}},
    }


def deploy(aws, body=None, name=SOURCE, **parameters):
    """Create the stack that is exported."""
    aws.create_stack(
        StackName=name,
        TemplateBody=json.dumps(body or template()),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in {"Environment": "prod", **parameters}.items()
        ],
        Tags=[{"Key": "team", "Value": "feedback"}],
    )


def planned(key="", **drill_parameters):
    """Plan the stack's copy, from an export with that key."""
    point = {"kind": "export", "id": key, "at": NOW, "manifest_key": ""}
    given = drill_parameters or {"Environment": "{drill}"}
    return component(
        "stack",
        type="stack",
        chain="stack",
        resource=SOURCE,
        recovery_point=point,
        target_config={"drill_parameters": given, "deployment_role_arn": ""},
    )


def export(bucket, s3, aws):
    """Export the stack; gives the answer."""
    return export_stack.export(BACKUP, planned(), NOW, bucket, s3, aws)
