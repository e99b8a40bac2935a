import json
from types import SimpleNamespace

import boto3
import manifests
import pytest
from botocore.exceptions import ClientError

from tasks import store
from tasks.errors import AwsCallFailed, InvalidInput, Throttled, Unavailable
from tasks.janitor import find_claim
from tasks.locks import acquire_lock

REQUEST = {
    "system": "shop",
    "release": "1.1.0",
    "environment": "staging",
    "requested_by": "alice",
    "reason": "",
}
CLAIM = {
    "request": REQUEST,
    "plan": manifests.plan(),
    "change_set": {"arn": "arn:change-set", "ready": True, "empty": True, "changes": []},
    "captured": {
        "functions": [],
        "alarms": [],
        "site": {"present": False, "bucket": "", "entry": [], "distribution": ""},
        "stack": {
            "name": "shop-staging",
            "exists": True,
            "template_key": "template",
            "template_sha256": "a" * 64,
            "parameters": {},
            "role_arn": "",
        },
    },
}
PLACE = store.lock("shop", "staging")


@pytest.fixture
def stepfunctions(aws):
    return boto3.client("stepfunctions")


@pytest.fixture
def execution(stepfunctions):
    """Start an execution that never ends by itself; gives its ARN."""
    machine = stepfunctions.create_state_machine(
        name="daytwo-promotion",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9}}}),
        roleArn="arn:aws:iam::123456789012:role/any",
    )["stateMachineArn"]
    document = {name: value for name, value in REQUEST.items() if name != "reason"}
    started = stepfunctions.start_execution(
        stateMachineArn=machine, name="first", input=json.dumps(document)
    )
    return started["executionArn"]


@pytest.fixture
def aborted(execution, stepfunctions):
    stepfunctions.stop_execution(executionArn=execution)
    return execution


@pytest.fixture
def lock(state_table, dynamodb, execution):
    acquire_lock.acquire("shop", "staging", execution, "p", 60, 1000, state_table, dynamodb)


@pytest.fixture
def claim(lock, state_table, dynamodb, execution):
    room = {"id": execution, "name": "first", "started_at": "2026-01-01T00:00:00Z"}
    dynamodb.update_item(
        TableName=state_table,
        Key=store.to_item(PLACE),
        UpdateExpression="SET claim = :claim",
        ExpressionAttributeValues=store.to_item(
            {":claim": json.dumps({**CLAIM, "execution": room})}
        ),
    )


def find(execution):
    return find_claim.handler({"document": {"execution": execution}}, None)


def test_an_execution_that_holds_nothing_leaves_nothing_to_do(state_table, aborted):
    assert find(aborted) == {"found": False}


def test_a_lock_of_another_execution_is_not_touched(claim, aborted):
    assert find(aborted + "-other") == {"found": False}


def test_what_was_claimed_is_what_the_rollback_needs(claim, aborted):
    found = find(aborted)
    assert found["found"] is True
    assert {room: found[room] for room in CLAIM} == CLAIM
    assert found["execution"]["id"] == aborted
    assert found["lock"] == {"fence": 1, "lease_expires": 1060}


def test_before_a_claim_only_the_request_and_the_lock_are_known(lock, aborted):
    found = find(aborted)
    assert found["request"] == REQUEST
    assert found["execution"]["name"] == "first"
    assert not {"plan", "captured", "change_set"} & found.keys()


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        ("ABORTED", "Aborted", "The execution was aborted."),
        ("TIMED_OUT", "TimedOut", "The execution ran out of time."),
        ("FAILED", "Failed", "The execution failed and needed a person."),
    ],
)
def test_how_it_ended_is_told_like_a_caught_error(status, error, cause):
    assert find_claim.failure({"status": status}) == {"Error": error, "Cause": cause}


def test_an_input_that_is_wrong_is_answered_with_the_fields(state_table):
    with pytest.raises(InvalidInput, match=r"(?s)execution.*colour|colour.*execution"):
        find_claim.handler({"document": {"colour": "red"}}, None)


def test_who_aborted_it_with_a_reason_is_heard():
    assert find_claim.failure({"status": "ABORTED", "cause": "wrong release"})["Cause"] == (
        "The execution was aborted: wrong release"
    )


def test_the_work_of_an_execution_that_still_runs_is_not_undone(claim, execution):
    with pytest.raises(Unavailable, match="still runs: stop it"):
        find(execution)


def test_a_lock_on_a_later_page_of_the_table_is_found():
    item = store.to_item({**PLACE, "fence": 3, "owner": "x"})
    pages = [{"Items": []}, {"Items": [item]}]
    paginator = SimpleNamespace(paginate=lambda **call: iter(pages))
    client = SimpleNamespace(get_paginator=lambda operation: paginator)
    assert find_claim.held_by("x", "state", client)["fence"] == 3


def test_throttling_of_each_call_may_be_retried(
    claim, aborted, state_table, dynamodb, stepfunctions, refusing
):
    code = "ThrottlingException"
    refused = refusing(stepfunctions, "describe_execution", code)
    with pytest.raises(Throttled):
        find_claim.find(aborted, state_table, dynamodb, refused)
    dynamodb.meta.events.register("before-call.dynamodb.Scan", throttle)
    with pytest.raises(Throttled):
        find_claim.find(aborted, state_table, dynamodb, stepfunctions)


def throttle(**_):
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "no"}}, "Scan")


def test_an_execution_whose_history_is_gone_needs_a_person(
    claim, state_table, dynamodb, stepfunctions, execution, refusing
):
    refused = refusing(stepfunctions, "describe_execution", "ExecutionDoesNotExist")
    with pytest.raises(AwsCallFailed, match="ExecutionDoesNotExist"):
        find_claim.find(execution, state_table, dynamodb, refused)
