"""A stack is done, still going, or failed for a reason that is found."""

import boto3
import pytest
from botocore.stub import Stubber

from tasks.errors import StackFailed, Throttled
from tasks.promotion import check_stack

ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/feedback-dev/1"


@pytest.fixture
def stubbed():
    client = boto3.client("cloudformation", region_name="us-east-1")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def stack(status, reason=""):
    described = {
        "StackName": "feedback-dev",
        "StackId": ID,
        "CreationTime": 0,
        "StackStatus": status,
        "StackStatusReason": reason,
    }
    return {"Stacks": [described]}


def event(name, status, reason="", physical="x"):
    return {
        "StackId": ID,
        "EventId": f"{name}-{status}",
        "StackName": "feedback-dev",
        "Timestamp": 0,
        "LogicalResourceId": name,
        "PhysicalResourceId": physical,
        "ResourceType": "AWS::SNS::Topic",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


NEWEST_FIRST = [
    event("Stack", "UPDATE_ROLLBACK_COMPLETE", physical=ID),
    event("Other", "UPDATE_FAILED", "Resource update cancelled"),
    event("Late", "CREATE_FAILED", "also wrong"),
    event("Topic", "CREATE_FAILED", "Invalid display name"),
    event("Stack", "UPDATE_IN_PROGRESS", "User Initiated", physical=ID),
    event("Older", "CREATE_FAILED", "last week"),
]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"])
def test_a_complete_stack_is_done(stubbed, status):
    client, stub = stubbed
    stub.add_response("describe_stacks", stack(status), {"StackName": "feedback-dev"})

    assert check_stack.check("feedback-dev", client) == {"done": True, "status": status}


@pytest.mark.parametrize(
    "status",
    [
        "CREATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "REVIEW_IN_PROGRESS",
    ],
)
def test_a_stack_that_still_changes_is_waited_for(stubbed, status):
    client, stub = stubbed
    stub.add_response("describe_stacks", stack(status))

    assert check_stack.check("feedback-dev", client)["done"] is False


def test_the_first_failure_of_the_last_operation_is_the_reason(stubbed):
    client, stub = stubbed
    stub.add_response("describe_stacks", stack("UPDATE_ROLLBACK_COMPLETE"))
    stub.add_response(
        "describe_stack_events", {"StackEvents": NEWEST_FIRST[:3], "NextToken": "more"}
    )
    stub.add_response("describe_stack_events", {"StackEvents": NEWEST_FIRST[3:]})

    with pytest.raises(StackFailed) as failure:
        check_stack.check("feedback-dev", client)

    assert str(failure.value) == (
        "Stack feedback-dev is in UPDATE_ROLLBACK_COMPLETE. "
        "Topic (AWS::SNS::Topic): Invalid display name"
    )


@pytest.mark.parametrize(("reason", "words"), [("disk full", "disk full"), ("", "gives no reason")])
def test_without_a_failed_resource_the_stacks_own_reason_is_told(stubbed, reason, words):
    client, stub = stubbed
    stub.add_response("describe_stacks", stack("UPDATE_FAILED", reason))
    stub.add_response("describe_stack_events", {"StackEvents": []})

    with pytest.raises(StackFailed, match=words):
        check_stack.check("feedback-dev", client)


def test_a_stack_that_somebody_deleted_has_failed(stubbed):
    client, stub = stubbed
    stub.add_client_error("describe_stacks", "ValidationError", "Stack with id x does not exist")

    with pytest.raises(StackFailed, match="does not exist"):
        check_stack.check("feedback-dev", client)


def test_a_throttled_look_is_tried_again(stubbed):
    client, stub = stubbed
    stub.add_client_error("describe_stacks", "Throttling")

    with pytest.raises(Throttled):
        check_stack.check("feedback-dev", client)


def test_throttling_while_the_reason_is_looked_for_is_tried_again(stubbed):
    client, stub = stubbed
    stub.add_response("describe_stacks", stack("ROLLBACK_COMPLETE"))
    stub.add_client_error("describe_stack_events", "Throttling")

    with pytest.raises(Throttled):
        check_stack.check("feedback-dev", client)


def test_the_function_answers_by_its_schema(cloudformation):
    body = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    cloudformation.create_stack(StackName="feedback-dev", TemplateBody=body)

    assert check_stack.handler({"stack": "feedback-dev", "target": {}}, None)["done"] is True
