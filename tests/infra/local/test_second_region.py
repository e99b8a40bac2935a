"""A stack in another Region works there, and only there."""

import json
import time

import pytest

from infra.local import alarms, cloudformation, dynamodb, events, functions, stepfunctions
from tests.support.embedded import running

WEST = "us-west-2"
CODE = """
import os
import boto3
def handler(event, context):
    region = os.environ["AWS_REGION"]
    item = {"id": {"S": event["id"]}, "region": {"S": region}}
    boto3.client("dynamodb").put_item(TableName="west", Item=item)
    if event["id"] == "bad":
        raise ValueError("as asked")
    return region
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}
STATES = {
    "StartAt": "Work",
    "States": {
        "Work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Worker.Arn}", "Payload": {"id": "machine"}},
            "End": True,
        }
    },
}


def resource(kind, **properties):
    return {"Type": f"AWS::{kind}", "Properties": properties}


RESOURCES = {
    "Role": resource("IAM::Role", AssumeRolePolicyDocument=TRUST),
    "Table": resource(
        "DynamoDB::Table",
        TableName="west",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    ),
    "Worker": resource(
        "Lambda::Function",
        FunctionName="worker",
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": CODE},
        Role={"Fn::GetAtt": ["Role", "Arn"]},
    ),
    "Errors": resource(
        "CloudWatch::Alarm",
        AlarmName="errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "worker"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    ),
    "Rule": resource(
        "Events::Rule",
        EventPattern={"source": ["shop"]},
        Targets=[{"Id": "1", "Arn": {"Fn::GetAtt": ["Worker", "Arn"]}, "Input": '{"id": "event"}'}],
    ),
    "Permit": resource(
        "Lambda::Permission",
        FunctionName={"Ref": "Worker"},
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    ),
    "Machine": resource(
        "StepFunctions::StateMachine",
        RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
        DefinitionString={"Fn::Sub": json.dumps(STATES)},
    ),
}


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("account")
    parts = (dynamodb, functions, stepfunctions, events, alarms, cloudformation)
    with running(workdir, *parts) as account:
        account.client("cloudformation", WEST).create_stack(
            StackName="west",
            TemplateBody=json.dumps({"Resources": RESOURCES}),
            Capabilities=["CAPABILITY_IAM"],
        )
        yield account


@pytest.fixture
def written(account):
    """Wait until an item is in the table, and tell from which Region it was written."""

    def written(identifier):
        table = account.client("dynamodb", WEST)
        for _ in range(100):
            found = table.get_item(TableName="west", Key={"id": {"S": identifier}}).get("Item")
            if found:
                return found["region"]["S"]
            time.sleep(0.05)
        raise AssertionError(f"nothing has written {identifier}")

    return written


def test_a_function_of_it_works_with_its_own_region(account, written):
    worker = account.client("lambda", WEST)
    answer = worker.invoke(FunctionName="worker", Payload=b'{"id": "direct"}')
    assert json.load(answer["Payload"]) == WEST
    assert written("direct") == WEST


def test_a_state_machine_of_it_calls_its_function(account, written):
    machines = account.client("stepfunctions", WEST)
    (machine,) = machines.list_state_machines()["stateMachines"]
    machines.start_execution(stateMachineArn=machine["stateMachineArn"])
    assert written("machine") == WEST


def test_an_event_there_starts_what_waits_for_it_there(account, written):
    event = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
    account.client("events", WEST).put_events(Entries=[event])
    assert written("event") == WEST


def test_an_alarm_there_sees_errors_there(account):
    worker = account.client("lambda", WEST)
    assert worker.invoke(FunctionName="worker", Payload=b'{"id": "bad"}')["FunctionError"]
    cloudwatch = account.client("cloudwatch", WEST)
    for _ in range(100):
        (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
        if alarm["StateValue"] == "ALARM":
            break
        time.sleep(0.05)
    assert alarm["StateValue"] == "ALARM"


def test_nothing_of_it_is_in_the_first_region(account):
    assert account.client("cloudformation").list_stacks()["StackSummaries"] == []
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert account.client("stepfunctions").list_state_machines()["stateMachines"] == []
