"""State machines start others, and wait for them where they are told to."""

import json

import pytest

WAIT = {"Type": "Wait", "Seconds": 31_536_000, "End": True}


def starts(machine, how="", **fields):
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{how}",
        "Parameters": {"StateMachineArn": machine, "Input": {"got.$": "$.given"}},
        "End": True,
        **fields,
    }


@pytest.fixture
def child(create):
    return create("child", Pass={"Type": "Pass", "End": True})


def test_a_child_is_started_and_named_by_its_parent(create, start, outcome, child, states):
    named = starts(child)
    named["Parameters"]["Name.$"] = "$$.Execution.Name"
    told = outcome(start(create(Go=named), {"given": 1}, name="both"))
    assert set(json.loads(told["output"])) >= {"ExecutionArn", "StartDate"}
    found = states.list_executions(stateMachineArn=child)["executions"]
    assert [each["name"] for each in found] == ["both"]
    assert json.loads(outcome(found[0]["executionArn"])["input"]) == {"got": 1}


@pytest.mark.parametrize(("how", "output"), [(".sync", '{"got":1}'), (".sync:2", {"got": 1})])
def test_a_parent_waits_for_its_child(create, start, outcome, child, how, output):
    told = json.loads(outcome(start(create(Go=starts(child, how)), {"given": 1}))["output"])
    assert told["Status"] == "SUCCEEDED"
    assert told["Output"] == output


def test_a_failed_child_fails_its_parents_task(create, start, outcome):
    failing = create("failing", Fail={"Type": "Fail", "Error": "FailedDirty", "Cause": "look"})
    caught = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]
    machine = create(
        Go=starts(failing, ".sync:2", Catch=caught), Caught={"Type": "Pass", "End": True}
    )
    told = json.loads(outcome(start(machine, {"given": 1}))["output"])
    assert told["Error"] == "States.TaskFailed"
    assert json.loads(told["Cause"])["Error"] == "FailedDirty"


def test_a_stopped_parent_stops_its_child(create, start, outcome, states, eventually):
    slow = create("slow", Wait=WAIT)
    parent = start(create(Go=starts(slow, ".sync")), {"given": 1})
    found = eventually(lambda: states.list_executions(stateMachineArn=slow)["executions"])
    states.stop_execution(executionArn=parent)
    assert outcome(parent)["status"] == "ABORTED"
    assert outcome(found[0]["executionArn"])["status"] == "ABORTED"


def test_a_name_that_is_taken_is_an_error_to_catch(create, start, outcome, child):
    named = starts(child, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])
    named["Parameters"]["Name"] = "taken"
    machine = create(Go=named, Caught={"Type": "Pass", "End": True})
    outcome(start(child, {"other": 1}, name="taken"))
    told = json.loads(outcome(start(machine, {"given": 1}))["output"])
    assert told["Error"] == "StepFunctions.ExecutionAlreadyExistsException"
