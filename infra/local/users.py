"""The people of the embedded account: an administrator, one who promotes, one who approves."""

import json
from typing import Any

from infra.local.account import ACCOUNT_ID

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ = {
    "Effect": "Allow",
    "Action": [
        "cloudformation:Describe*",
        "cloudformation:GetTemplate*",
        "cloudformation:List*",
        "cloudwatch:Describe*",
        "cloudwatch:GetMetric*",
        "cloudwatch:ListMetrics",
        "dynamodb:BatchGetItem",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "lambda:Get*",
        "lambda:List*",
        "logs:Describe*",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "s3:GetObject*",
        "s3:ListBucket*",
        "states:Describe*",
        "states:GetExecutionHistory",
        "states:List*",
        "xray:BatchGetTraces",
        "xray:GetTraceSummaries",
    ],
    "Resource": "*",
}
# A function's URL asks for both, AWS Lambda page "Control access to Lambda function URLs".
CALL_APPROVAL = {
    "Effect": "Allow",
    "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"],
    "Resource": f"arn:aws:lambda:*:{ACCOUNT_ID}:function:daytwo-approval-decide*",
}
START = {
    "Effect": "Allow",
    "Action": ["states:StartExecution", "states:StopExecution"],
    "Resource": [
        f"arn:aws:states:*:{ACCOUNT_ID}:stateMachine:daytwo-*",
        f"arn:aws:states:*:{ACCOUNT_ID}:execution:daytwo-*:*",
    ],
}

POLICIES: dict[str, list[dict[str, Any]]] = {
    "admin": [EVERYTHING],
    "alice": [READ, START, CALL_APPROVAL],
    "bob": [READ, CALL_APPROVAL],
}


def make_users() -> dict[str, dict[str, str]]:
    """Make the users in the account, and give their access keys by name."""
    from moto.iam.models import iam_backends

    backend = iam_backends[ACCOUNT_ID]["aws"]
    keys = {}
    for name, statements in POLICIES.items():
        backend.create_user("us-east-1", user_name=name)
        policy = {"Version": "2012-10-17", "Statement": statements}
        backend.put_user_policy(name, "daytwo", json.dumps(policy))
        key = backend.create_access_key(user_name=name)
        keys[name] = {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key}
    return keys
