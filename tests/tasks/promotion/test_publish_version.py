"""Publishing makes one version of the very artifact whose digest is known."""

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tasks.errors import (
    ArtifactChanged,
    ArtifactMissing,
    FunctionBroken,
    FunctionMissing,
    Throttled,
    Unavailable,
)
from tasks.promotion import publish_version

SHA256 = "ab" * 32
CODE = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="
OTHER = "zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0="


@pytest.fixture
def stubbed():
    client = boto3.client("lambda", region_name="us-east-1")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def configuration(code=CODE, version="$LATEST", **state):
    return {
        "FunctionName": "f",
        "CodeSha256": code,
        "Version": version,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        **state,
    }


def publish(client):
    return publish_version.publish("f", "releases/f.zip", SHA256, "1.1.0", "artifacts", client)


def test_code_goes_in_by_its_object_and_is_published_by_its_digest(stubbed):
    client, stub = stubbed
    stub.add_response("get_function_configuration", configuration(OTHER), {"FunctionName": "f"})
    stub.add_response(
        "update_function_code",
        configuration(),
        {"FunctionName": "f", "S3Bucket": "artifacts", "S3Key": "releases/f.zip"},
    )
    stub.add_response(
        "publish_version",
        configuration(version="5"),
        {"FunctionName": "f", "CodeSha256": CODE, "Description": "release 1.1.0"},
    )

    assert publish(client) == {"function": "f", "version": "5", "code_sha256": CODE}


def test_nothing_is_published_while_lambda_works_on_the_code(stubbed):
    client, stub = stubbed
    stub.add_response("get_function_configuration", configuration(OTHER))
    stub.add_response("update_function_code", configuration(LastUpdateStatus="InProgress"))

    with pytest.raises(Unavailable, match=r"f:\$LATEST"):
        publish(client)


def test_a_version_that_is_not_up_yet_is_waited_for(stubbed):
    client, stub = stubbed
    stub.add_response("get_function_configuration", configuration())
    stub.add_response("publish_version", configuration(version="5", State="Pending"))

    with pytest.raises(Unavailable, match="f:5"):
        publish(client)


def test_code_that_lambda_cannot_bring_up_is_told_with_its_reason(stubbed):
    client, stub = stubbed
    stub.add_response(
        "get_function_configuration",
        configuration(LastUpdateStatus="Failed", LastUpdateStatusReason="no such layer"),
    )

    with pytest.raises(FunctionBroken, match="no such layer"):
        publish(client)


def test_code_that_somebody_changes_meanwhile_is_not_published(stubbed):
    client, stub = stubbed
    stub.add_response("get_function_configuration", configuration())
    stub.add_client_error("publish_version", "InvalidParameterValueException", "CodeSHA256")

    with pytest.raises(Unavailable):
        publish(client)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ResourceNotFoundException", FunctionMissing),
        ("TooManyRequestsException", Throttled),
    ],
)
def test_what_lambda_says_of_the_function_gets_a_name(stubbed, code, error):
    client, stub = stubbed
    stub.add_client_error("get_function_configuration", code)

    with pytest.raises(error):
        publish(client)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ResourceConflictException", Unavailable),
        ("InvalidParameterValueException", ArtifactMissing),
        ("TooManyRequestsException", Throttled),
    ],
)
def test_what_lambda_says_of_the_code_gets_a_name(stubbed, code, error):
    client, stub = stubbed
    stub.add_response("get_function_configuration", configuration(OTHER))
    stub.add_client_error("update_function_code", code)

    with pytest.raises(error):
        publish(client)


@pytest.mark.parametrize(
    ("code", "error"),
    [("ResourceConflictException", Unavailable), ("TooManyRequestsException", Throttled)],
)
def test_what_lambda_says_of_publishing_gets_a_name(stubbed, code, error):
    client, stub = stubbed
    stub.add_response("get_function_configuration", configuration(), {"FunctionName": ANY})
    stub.add_client_error("publish_version", code)

    with pytest.raises(error):
        publish(client)


def request(function, key, digest):
    return {
        "function": function.name,
        "key": key,
        "sha256": digest,
        "target": {},
        "release": "1.1.0",
    }


def test_a_second_delivery_changes_nothing(function):
    key, digest = function.upload("new")

    first = publish_version.handler(request(function, key, digest), None)
    versions = function.versions()
    second = publish_version.handler(request(function, key, digest), None)

    assert first == second
    assert function.versions() == versions
    assert function.routing() == ("1", {})


def test_another_digest_than_the_published_one_makes_no_version(function):
    key, _ = function.upload("overwritten")
    before = function.versions()

    with pytest.raises(ArtifactChanged, match=f"in \\$LATEST of {function.name}"):
        publish_version.handler(request(function, key, SHA256), None)

    assert function.versions() == before
