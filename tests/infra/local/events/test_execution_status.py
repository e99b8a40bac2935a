"""Executions tell the default bus what becomes of them."""

import json

import pytest

from infra.local.account import ACCOUNT_ID, REGION

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:watch"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/machine"
ENDS = {
    "SUCCEEDED": {"Type": "Pass", "Result": {"a": 1}, "End": True},
    "FAILED": {"Type": "Fail", "Error": "FailedDirty", "Cause": "look"},
    "TIMED_OUT": {"Type": "Wait", "Seconds": 31_536_000, "End": True},
    "ABORTED": {"Type": "Wait", "Seconds": 31_536_000, "End": True},
}


@pytest.mark.parametrize("status", list(ENDS))
def test_each_status_is_an_event_with_what_aws_tells(account, functions, rule, status):
    states = account.client("stepfunctions")
    rule("all", {"Arn": FUNCTION}, {"source": ["aws.states"]})
    definition = {"StartAt": "End", "States": {"End": ENDS[status]}}
    if status == "TIMED_OUT":
        definition["TimeoutSeconds"] = 1
    machine = states.create_state_machine(
        name="m", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, input='{"in": 1}')["executionArn"]
    begun = functions.next()[1]
    assert begun["detail-type"] == "Step Functions Execution Status Change"
    assert begun["resources"] == [execution]
    assert begun["detail"]["status"] == "RUNNING"
    assert begun["detail"]["stopDate"] is None
    if status == "ABORTED":
        states.stop_execution(executionArn=execution, error="Enough", cause="of this")
    detail = functions.next()[1]["detail"]
    assert detail["status"] == status
    assert detail["executionArn"] == execution
    assert detail["stateMachineArn"] == machine
    assert detail["name"] == execution.split(":")[-1]
    assert json.loads(detail["input"]) == {"in": 1}
    assert detail["stopDate"] >= detail["startDate"] > 1_600_000_000_000
    expected = {
        "SUCCEEDED": ('{"a":1}', None, None),
        "FAILED": (None, "FailedDirty", "look"),
        "TIMED_OUT": (None, None, None),
        "ABORTED": (None, "Enough", "of this"),
    }
    assert (detail["output"], detail["error"], detail["cause"]) == expected[status]
