"""Requests that the SDK signs, and what becomes of them when they are tampered with."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from infra.local.iam.signature import Malformed, read

SECRET = "wJalrXUtnFEMI"
CALLS = [
    ("dynamodb", "get_item", {"TableName": "t", "Key": {"a": {"S": "ü"}}}),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "a b/ü+%.txt", "Body": b"x" * 10}),
    ("s3", "list_objects_v2", {"Bucket": "bucket", "Prefix": "a b/ü&=", "MaxKeys": 3}),
    ("lambda", "invoke", {"FunctionName": "1:function:f:live", "Payload": b"{}"}),
    ("iam", "get_role", {"RoleName": "r"}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["a"]}),
    ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1:4577/1/q", "MessageBody": "b"}),
]


@pytest.mark.parametrize(("service", "method", "parameters"), CALLS)
def test_what_the_sdk_signs_verifies_with_the_same_secret_only(sent, service, method, parameters):
    environ = sent(service, method, **parameters)
    signed = read(environ)
    body = environ["daytwo.body"]
    assert signed.verifies(SECRET, "", environ, body)
    assert not signed.verifies(SECRET + "x", "", environ, body)


@pytest.mark.parametrize(
    "change",
    [
        {"daytwo.body": b'{"TableName": "other"}'},
        {"RAW_URI": "/other"},
        {"RAW_URI": "/?Action=Other"},
        {"REQUEST_METHOD": "PUT"},
        {"HTTP_X_AMZ_TARGET": "DynamoDB_20120810.DeleteTable"},
        {"HTTP_X_AMZ_DATE": "20200101T000000Z"},
        {"HTTP_HOST": "elsewhere"},
    ],
)
def test_a_request_that_was_changed_after_signing_does_not_verify(sent, change):
    environ = {**sent("dynamodb", "get_item", TableName="t", Key={}), **change}
    assert not read(environ).verifies(SECRET, "", environ, environ["daytwo.body"])


def test_a_body_that_differs_from_its_declared_digest_does_not_verify(sent):
    environ = sent("s3", "put_object", Bucket="bucket", Key="k", Body=b"content")
    environ["HTTP_X_AMZ_CONTENT_SHA256"] = "0" * 64
    assert not read(environ).verifies(SECRET, "", environ, environ["daytwo.body"])


def test_the_token_of_a_session_is_read_from_the_request(sent):
    keys = {
        "aws_access_key_id": "ASIA",
        "aws_secret_access_key": SECRET,
        "aws_session_token": "the token",
    }
    environ = sent("sts", "get_caller_identity", _keys=keys)
    signed = read(environ)
    assert signed.token == "the token"
    assert signed.verifies(SECRET, signed.token, environ, environ["daytwo.body"])


@pytest.fixture
def presigned(environ_of):
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:4577",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key=SECRET,
        config=Config(signature_version="s3v4"),
    )
    parameters = {"Bucket": "bucket", "Key": "a b"}
    url = client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=60)
    return environ_of(AWSRequest("GET", url, headers={"Host": "127.0.0.1:4577"}).prepare())


def test_a_presigned_url_verifies_until_it_expires(presigned):
    signed = read(presigned)
    assert signed.verifies(SECRET, "", presigned, b"")
    assert not signed.expired(datetime.now(UTC))
    assert signed.expired(datetime.now(UTC) + timedelta(seconds=62))


def test_an_unsigned_request_has_no_signature():
    assert read({"REQUEST_METHOD": "GET", "QUERY_STRING": ""}) is None


@pytest.mark.parametrize(
    "header",
    [
        "Basic abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 Credential=k/20260101/r/s/aws4_request, SignedHeaders=date, Signature=x",
    ],
)
def test_a_signature_that_cannot_be_read_is_malformed(header):
    with pytest.raises(Malformed):
        read({"HTTP_AUTHORIZATION": header, "HTTP_X_AMZ_DATE": "20260101T000000Z"})
