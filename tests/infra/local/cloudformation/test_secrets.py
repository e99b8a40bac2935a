"""A parameter with NoEcho is never shown."""

import json

import boto3
from drilled_stacks import real_stacks
from moto import mock_aws

TEMPLATE = {
    "Parameters": {
        "Password": {"Type": "String", "NoEcho": True},
        "Size": {"Type": "String", "Default": "1"},
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}


def shown():
    aws = boto3.client("cloudformation", region_name="us-east-1")
    aws.create_stack(
        StackName="it",
        TemplateBody=json.dumps(TEMPLATE),
        Parameters=[{"ParameterKey": "Password", "ParameterValue": "hunter2"}],
    )
    (stack,) = aws.describe_stacks(StackName="it")["Stacks"]
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}


@mock_aws
def test_a_secret_is_masked_and_all_else_is_told():
    with real_stacks():
        assert shown() == {"Password": "****", "Size": "1"}


@mock_aws
def test_moto_by_itself_still_shows_a_secret():
    assert shown()["Password"] == "hunter2"
