"""An embedded account that executes state machines, its clock 600 times as fast as the wall's."""

import json
import time

import pytest
from embedded import running

from infra.local import stepfunctions
from infra.local.account import ACCOUNT_ID

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture
def account(tmp_path):
    with running(tmp_path, stepfunctions, factor=600) as account:
        account.client("iam").create_role(
            RoleName="machine", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        yield account


@pytest.fixture
def states(account):
    return account.client("stepfunctions")


@pytest.fixture
def create(states):
    """Create a state machine of these states, the first one being its start; give its ARN."""

    def create(name="machine", *, top=None, **steps):
        definition = {"StartAt": next(iter(steps)), "States": steps, **(top or {})}
        made = states.create_state_machine(
            name=name,
            definition=json.dumps(definition),
            roleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/machine",
        )
        return made["stateMachineArn"]

    return create


@pytest.fixture
def start(states):
    """Start an execution; give its ARN."""

    def start(machine, document=None, **others):
        text = json.dumps(document or {})
        return states.start_execution(stateMachineArn=machine, input=text, **others)["executionArn"]

    return start


@pytest.fixture
def outcome(states):
    """Wait for an execution's end, and give what DescribeExecution says."""

    def outcome(execution, seconds=20):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            told = states.describe_execution(executionArn=execution)
            if told["status"] != "RUNNING":
                return told
            time.sleep(0.01)
        raise TimeoutError(f"{execution} still runs after {seconds} s")

    return outcome


@pytest.fixture
def eventually():
    """Call until the answer is true, and give it."""

    def eventually(question, seconds=10):
        until = time.monotonic() + seconds
        while not (answer := question()) and time.monotonic() < until:
            time.sleep(0.01)
        assert answer
        return answer

    return eventually
