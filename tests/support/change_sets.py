"""Templates and CloudFormation's descriptions of change sets, for the tests of those tasks."""

import json

KEY = "releases/feedback/1.1.0/template.json"
ARN = "arn:aws:cloudformation:us-east-1:123456789012:changeSet/daytwo-run/1"


def template(description="first", **parameters):
    return json.dumps(
        {
            "Description": description,
            "Parameters": parameters or {"Environment": {"Type": "String"}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        }
    )


def status_of(cloudformation):
    return cloudformation.describe_stacks(StackName="feedback-dev")["Stacks"][0]["StackStatus"]


def described(status, reason="", changes=(), **more):
    return {
        "ChangeSetId": ARN,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/feedback-dev/1",
        "Status": status,
        "StatusReason": reason,
        "Changes": [{"Type": "Resource", "ResourceChange": change} for change in changes],
        **more,
    }


def change(action, kind="AWS::DynamoDB::Table", replacement=None, name="Table"):
    return {
        "Action": action,
        "ResourceType": kind,
        "LogicalResourceId": name,
        **({"Replacement": replacement} if replacement else {}),
    }
