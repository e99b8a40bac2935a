import json

import boto3
import pytest
from ec2_plans import request
from fleets import make_fleet

from tasks import store
from tasks.ec2 import claim_instances, find_operation
from tasks.errors import InvalidInput, Unavailable

DEV = {"Environment": "dev"}


@pytest.fixture
def stepfunctions(aws):
    return boto3.client("stepfunctions")


@pytest.fixture
def execution(stepfunctions):
    """Start an execution that never ends by itself; gives its ARN."""
    machine = stepfunctions.create_state_machine(
        name="daytwo-ec2-operation",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9}}}),
        roleArn="arn:aws:iam::123456789012:role/any",
    )["stateMachineArn"]
    started = stepfunctions.start_execution(stateMachineArn=machine, name="op-1", input="{}")
    return started["executionArn"]


@pytest.fixture
def aborted(execution, stepfunctions):
    stepfunctions.stop_execution(executionArn=execution)
    return execution


@pytest.fixture
def claim(ec2, plan, execution):
    """Plan and claim an operation on a fleet of three types: claim("reboot")."""

    def make(action="stop", **fields):
        for kind in ("t3.micro", "t3.small", "t3.large"):
            make_fleet(ec2, 2, DEV, type=kind)
        planned = plan(action, **fields)
        room = {"id": execution, "name": "op-1", "started_at": "2026-01-01T00:00:00Z"}
        asked = {"plan": planned.plan, "request": request(action, **fields), "execution": room}
        claim_instances.handler(asked, None)
        return planned

    return make


@pytest.fixture
def listed(s3, evidence_bucket):
    def read(key):
        found = json.loads(s3.get_object(Bucket=evidence_bucket, Key=key)["Body"].read())
        return [batch["number"] for batch in found]

    return read


def find(execution):
    return find_operation.handler({"document": {"execution": execution}}, None)


def test_an_execution_that_claimed_nothing_has_nothing_to_settle(
    state_table, evidence_bucket, aborted
):
    assert find(aborted) == {"found": False}


def test_its_rooms_and_what_is_not_recorded_are_found(claim, aborted, put, listed):
    planned = claim()
    put(store.batch("op-1", 2), number=2)
    found = find(aborted)
    assert found["request"] == request("stop")
    assert found["plan"]["digest"] == planned["digest"]
    assert found["execution"]["name"] == "op-1"
    assert (found["interrupted"], found["untouched"]) == (2, 0)
    assert listed(found["interrupted_key"]) == [1, 3]
    assert found["failure"] == {"Error": "Aborted", "Cause": "The execution was aborted."}


def test_of_batches_that_go_one_by_one_only_the_first_open_one_has_begun(
    claim, aborted, put, listed
):
    claim("reboot", limits={"max_unavailable": 2})
    put(store.batch("op-1", 1), number=1)
    found = find(aborted)
    assert listed(found["interrupted_key"]) == [2]
    assert listed(found["untouched_key"]) == [3]


def test_an_operation_whose_end_is_recorded_is_left_alone(claim, aborted, put):
    claim()
    put(store.operation("op-1"), status="incomplete", execution=aborted)
    assert find(aborted) == {"found": False}


def test_a_running_execution_is_not_settled(claim, execution):
    claim()
    with pytest.raises(Unavailable, match="still runs"):
        find(execution)


def test_a_wrong_input_names_the_field(state_table, evidence_bucket):
    with pytest.raises(InvalidInput, match="execution"):
        find("nonsense")
