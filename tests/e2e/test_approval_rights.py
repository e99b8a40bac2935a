"""Asking, deciding and closing work with the rights that the tasks declare, on real tokens."""

import json
import time

import pytest
import questions
import rights

from tasks import store

BOB = f"arn:aws:iam::{rights.ACCOUNT}:user/bob"
ROLES = {"release-manager": [BOB]}


@pytest.fixture(scope="module")
def machine(house):
    """A state machine that waits for a token, which it sends to a queue."""
    queue = house.client("sqs").create_queue(QueueName="tokens")["QueueUrl"]
    keys = {"Version": "2012-10-17", "Statement": []}
    role = house.client("iam").create_role(
        RoleName="waiting", AssumeRolePolicyDocument=json.dumps(keys)
    )["Role"]
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    house.client("iam").put_role_policy(
        RoleName="waiting",
        PolicyName="p",
        PolicyDocument=json.dumps({**keys, "Statement": [allowed]}),
    )
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "End": True,
    }
    arn = house.client("stepfunctions").create_state_machine(
        name="daytwo-promotion",
        definition=json.dumps({"StartAt": "Ask", "States": {"Ask": ask}}),
        roleArn=role["Arn"],
    )["stateMachineArn"]
    return arn, queue


@pytest.fixture
def waiting(house, machine, run):
    """An execution that waits for the decision on its approval; gives its ARN."""
    arn, queue = machine
    execution = house.client("stepfunctions").start_execution(stateMachineArn=arn, input="{}")
    execution = execution["executionArn"]
    message = house.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]
    house.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    system = {**store.system("feedback"), "manifest": json.dumps({"roles": ROLES})}
    house.client("dynamodb").put_item(TableName=rights.STATE, Item=store.to_item(system))
    asked = run("approval.request_approval", questions.question(execution, message["Body"]))
    assert asked == {"id": store.approval_id(execution)}
    return execution


def decide(run, execution, decision, caller=BOB):
    body = {
        "id": store.approval_id(execution),
        "decision": decision,
        "reason": "because",
        "digest": questions.DIGEST,
    }
    event = {
        "requestContext": {"authorizer": {"iam": {"userArn": caller}}},
        "body": json.dumps(body),
    }
    return run("approval.decide", event)["statusCode"]


def ended(house, execution):
    for _ in range(100):
        found = house.client("stepfunctions").describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.1)
    raise AssertionError(f"{execution} still waits")


def test_an_approval_lets_the_execution_go_on(house, run, waiting):
    assert decide(run, waiting, "approve", caller=questions.ALICE) == 403
    assert decide(run, waiting, "approve") == 200
    assert decide(run, waiting, "approve") == 409

    found = ended(house, waiting)
    assert found["status"] == "SUCCEEDED"
    assert json.loads(found["output"])["decided_by"] == BOB


def test_a_rejection_fails_it_with_the_reason(house, run, waiting):
    assert decide(run, waiting, "reject") == 200

    found = ended(house, waiting)
    assert (found["status"], found["error"]) == ("FAILED", "ApprovalRejected")
    assert found["cause"] == f"Rejected by {BOB}: because"


def test_an_execution_that_was_stopped_no_longer_waits(house, run, waiting):
    house.client("stepfunctions").stop_execution(executionArn=waiting)

    assert decide(run, waiting, "approve") == 410
    closing = {"execution": waiting, "status": "expired"}
    assert [run("approval.close_approval", closing)["closed"] for _ in range(2)] == [1, 0]
