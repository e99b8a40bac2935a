"""Errors have the names and causes that Step Functions gives them."""

import json

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from interpreter import run

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
RESOURCES = {
    "direct": {"Resource": FUNCTION},
    "invoke": {
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": FUNCTION, "Payload.$": "$"},
    },
}


def refused(code, status=400):
    metadata = {"HTTPStatusCode": status, "RequestId": "1"}
    error = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}
    return ClientError(error, "Invoke")


def caught(resource, names, tasks=None, services=None):
    """Run one task that catches these errors; give the error and cause that were caught."""
    definition = {
        "StartAt": "Work",
        "States": {
            "Work": {
                "Type": "Task",
                **resource,
                "Catch": [{"ErrorEquals": names, "Next": "Caught"}],
                "End": True,
            },
            "Caught": {"Type": "Pass", "End": True},
        },
    }
    result = run(definition, {}, tasks, services=services)
    assert result.states == ["Work", "Caught"], (result.error, result.cause)
    return result.output["Error"], result.output["Cause"]


class LockHeld(Exception):
    pass


@pytest.mark.parametrize("how", RESOURCES)
def test_what_a_function_raises_keeps_its_name_and_words(how):
    error, cause = caught(RESOURCES[how], ["LockHeld"], {"work": LockHeld("by another")})
    assert error == "LockHeld"
    told = json.loads(cause)
    assert (told["errorMessage"], told["errorType"]) == ("by another", "LockHeld")


@pytest.mark.parametrize("how", RESOURCES)
@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (refused("TooManyRequestsException", 429), "Lambda.TooManyRequestsException"),
        (refused("ServiceException", 500), "Lambda.ServiceException"),
        (refused("AccessDeniedException", 403), "Lambda.AWSLambdaException"),
        (refused("ResourceNotFoundException", 404), "Lambda.ResourceNotFoundException"),
    ],
)
def test_what_lambda_refuses_has_lambdas_name(how, failure, name):
    error, cause = caught(RESOURCES[how], [name], {"work": failure})
    assert error == name
    assert f"Error Code: {failure.response['Error']['Code']}" in cause


def test_a_service_that_does_not_answer_is_a_client_exception(monkeypatch):
    import interpreter

    def unreachable(world, parameters):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    monkeypatch.setattr(interpreter._World, "invoke", unreachable)
    assert caught(RESOURCES["direct"], ["Lambda.SdkClientException"])[0].startswith("Lambda.")


@pytest.mark.parametrize("how", RESOURCES)
@pytest.mark.parametrize("name", ["Sandbox.Timedout", "Runtime.ExitError"])
def test_a_function_that_dies_tells_its_runtimes_error(how, name):
    dead = type(name, (Exception,), {})
    assert caught(RESOURCES[how], [name], {"work": dead("gone")})[0] == name


@pytest.mark.parametrize("how", RESOURCES)
def test_an_error_without_a_type_is_unknown(how, monkeypatch):
    import io

    import interpreter

    def untyped(world, parameters):
        return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": io.BytesIO(b'"gone"')}

    monkeypatch.setattr(interpreter._World, "invoke", untyped)
    error, cause = caught(RESOURCES[how], ["Lambda.Unknown"])
    assert error == "Lambda.Unknown"
    assert "did not return an error type" in cause


@pytest.mark.parametrize(
    ("resource", "service", "failure", "name"),
    [
        ("sns:publish", "sns.publish", "Throttled", "SNS.ThrottledException"),
        ("sns:publish", "sns.publish", "AuthorizationError", "SNS.AuthorizationErrorException"),
        (
            "events:putEvents",
            "events.put_events",
            "InternalException",
            "EventBridge.InternalException",
        ),
        (
            "aws-sdk:cloudfront:createInvalidation",
            "cloudfront.create_invalidation",
            "TooManyInvalidationsInProgress",
            "CloudFront.TooManyInvalidationsInProgressException",
        ),
        (
            "aws-sdk:dynamodb:updateItem",
            "dynamodb.update_item",
            "ConditionalCheckFailedException",
            "DynamoDb.ConditionalCheckFailedException",
        ),
        (
            "aws-sdk:ec2:stopInstances",
            "ec2.stop_instances",
            "UnauthorizedOperation",
            "Ec2.Ec2Exception",
        ),
        ("sqs:sendMessage", "sqs.send_message", "AccessDenied", "SQS.AmazonSQSException"),
    ],
)
def test_what_a_service_refuses_has_its_name(resource, service, failure, name):
    task = {"Resource": f"arn:aws:states:::{resource}", "Parameters": {"TopicArn": "t"}}
    if resource.startswith("events"):
        task["Parameters"] = {"Entries": [{"Source": "daytwo", "Detail": {}}]}
    assert caught(task, [name], services={service: refused(failure)})[0] == name


@pytest.mark.parametrize(
    ("caught_by", "expected"),
    [(["States.ALL"], "FAILED"), (["States.DataLimitExceeded"], "SUCCEEDED")],
)
def test_only_its_name_catches_a_result_that_is_too_large(caught_by, expected):
    definition = {
        "StartAt": "Work",
        "States": {
            "Work": {
                "Type": "Task",
                "Resource": FUNCTION,
                "Catch": [{"ErrorEquals": caught_by, "Next": "Caught"}],
                "End": True,
            },
            "Caught": {"Type": "Pass", "End": True},
        },
    }
    result = run(definition, {}, {"work": {"large": "x" * 300_000}})
    assert result.status == expected
    if expected == "FAILED":
        assert result.error == "States.DataLimitExceeded"


@pytest.mark.parametrize("around", ["Parallel", "Map"])
def test_a_timeout_inside_reaches_the_catch_of_the_state_around(around):
    inner = {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {"FunctionName": "work", "Payload": {"t.$": "$$.Task.Token"}},
                "TimeoutSeconds": 60,
                "End": True,
            }
        },
    }
    fields = {"Branches": [inner]} if around == "Parallel" else {"ItemProcessor": inner}
    definition = {
        "StartAt": "Around",
        "States": {
            "Around": {
                "Type": around,
                **fields,
                "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}],
                "End": True,
            },
            "Caught": {"Type": "Pass", "End": True},
        },
    }
    from interpreter import NO_ANSWER

    result = run(definition, [1], {"work": NO_ANSWER})
    assert result.states[-1] == "Caught"
    assert result.output["Error"] == "States.Timeout"
