"""A function's URL with AWS_IAM: who may call it, and what the function learns of the caller."""

import io
import json
import urllib.error
import urllib.request
import zipfile

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.control import running

NAME = "daytwo-approval-decide"
CODE = """
import json
def handler(event, context):
    caller = event["requestContext"].get("authorizer", {}).get("iam", {}).get("userArn")
    return {"statusCode": 200, "body": json.dumps({"caller": caller, "body": event.get("body")})}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}


@pytest.fixture(scope="module")
def account():
    with running(bootstrap=False) as account:
        yield account


@pytest.fixture(scope="module")
def url(account):
    role = account.client("iam").create_role(
        RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("main.py", CODE)
    functions = account.client("lambda")
    functions.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="main.handler",
        Role=role,
        Code={"ZipFile": archive.getvalue()},
    )
    return functions.create_function_url_config(FunctionName=NAME, AuthType="AWS_IAM")[
        "FunctionUrl"
    ]


def call(url, body, keys=None):
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    if keys:
        credentials = Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
        SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
    prepared = request.prepare()
    sent = urllib.request.Request(
        prepared.url, data=prepared.body, headers=dict(prepared.headers.items()), method="POST"
    )
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_the_function_learns_who_has_signed(account, url, who):
    status, answer = call(url, b'{"id": "1"}', account.keys(who))
    assert status == 200
    assert answer == {"caller": f"arn:aws:iam::123456789012:user/{who}", "body": '{"id": "1"}'}


def test_nobody_calls_it_unsigned(url):
    status, answer = call(url, b"{}")
    assert status == 403
    assert answer["Message"] == "Request is missing Authentication Token"


def test_a_caller_without_permission_is_refused(account, url):
    iam = account.client("iam")
    iam.create_user(UserName="carol")
    made = iam.create_access_key(UserName="carol")["AccessKey"]
    keys = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
    }
    status, answer = call(url, b"{}", keys)
    assert status == 403
    assert "lambda:InvokeFunctionUrl" in str(answer)
    forged = {**account.keys("bob"), "aws_secret_access_key": "guessed"}
    assert call(url, b"{}", forged)[0] == 403


def test_a_body_that_was_changed_after_signing_is_refused(account, url):
    request = AWSRequest("POST", url, data=b'{"decision": "reject"}')
    keys = account.keys("bob")
    credentials = Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
    SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
    sent = urllib.request.Request(
        url, data=b'{"decision": "approve"}', headers=dict(request.prepare().headers.items())
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(sent, timeout=30)
    assert refused.value.code == 403
