"""Distributed Maps on the interpreter that workflow tests run on."""

import threading

import pytest
from interpreter import NO_ANSWER, run


class Throttled(Exception):
    pass


def task(name, **fields):
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": f"${{{name}.Arn}}", **end, **fields}


def plan_then_map(processor, **fields):
    return {
        "StartAt": "Plan",
        "States": {
            "Plan": task("Plan", ResultPath="$.plan", Next="Each batch"),
            "Each batch": {
                "Type": "Map",
                "Label": "Batches",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": next(iter(processor)),
                    "States": processor,
                },
                "ItemReader": {
                    "Resource": "arn:${AWS::Partition}:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": "${EvidenceBucket}", "Key.$": "$.plan.key"},
                },
                "ItemSelector": {
                    "batch.$": "$$.Map.Item.Value",
                    "number.$": "$$.Map.Item.Index",
                    "action.$": "$.request.action",
                    "operation.$": "$$.Execution.Name",
                },
                "MaxConcurrencyPath": "$.plan.at_once",
                "ResultPath": "$.batches",
                "End": True,
                **fields,
            },
            "Caught": {"Type": "Pass", "End": True},
        },
    }


BATCHES = [{"instances": ["i-1", "i-2"]}, {"instances": ["i-3"]}, {"instances": ["i-4"]}]
PLACE = "EvidenceBucket/operations/1/batches.json"
REQUEST = {"request": {"action": "stop"}}


def play(definition, mocks, items=BATCHES, at_once=0, **more):
    plan = {"key": "operations/1/batches.json", "at_once": at_once}
    return run(definition, REQUEST, {"plan": plan, **mocks}, objects={PLACE: items}, **more)


def test_each_item_of_the_object_gets_a_child_with_what_the_selector_gives():
    result = play(plan_then_map({"Act": task("Act")}), {"act": lambda given: given}, name="op-1")
    assert result.status == "SUCCEEDED"
    assert result.output["batches"] == [
        {"batch": batch, "number": number, "action": "stop", "operation": "op-1"}
        for number, batch in enumerate(BATCHES)
    ]
    assert result.output["request"] == REQUEST["request"]


def test_states_and_calls_include_those_of_the_children():
    machine = plan_then_map({"Act": task("Act", Next="Verify"), "Verify": task("Check")})
    result = play(machine, {"act": {"acted": True}, "check": {"done": True}}, at_once=1)
    assert result.states == ["Plan", "Each batch", *["Act", "Verify"] * 3]
    assert [call.name for call in result.calls] == ["Plan", "s3.get_object", *["Act", "Check"] * 3]
    assert [child.states for child in result.children] == [["Act", "Verify"]] * 3
    assert result.inputs("check") == [{"acted": True}] * 3


@pytest.mark.parametrize(("at_once", "together"), [(0, True), (3, True), (2, False), (1, False)])
def test_the_path_to_max_concurrency_decides_how_many_run_at_once(at_once, together):
    barrier = threading.Barrier(3)

    def act(_given):
        try:
            return barrier.wait(5 if together else 0.2) >= 0
        except threading.BrokenBarrierError:
            return False

    result = play(plan_then_map({"Act": task("Act")}), {"act": act}, at_once=at_once)
    assert result.output["batches"] == [together] * 3


def test_a_child_counts_its_own_retries():
    steps = {
        "Act": task(
            "Act",
            Parameters={"retry_count.$": "$$.State.RetryCount", "number.$": "$.number"},
            Retry=[{"ErrorEquals": ["Throttled"], "IntervalSeconds": 900, "MaxAttempts": 3}],
        )
    }

    def act(given):
        if given["retry_count"] < 2:
            raise Throttled("slow down")
        return given["retry_count"]

    result = play(plan_then_map(steps), {"act": act})
    assert result.output["batches"] == [2, 2, 2]
    counts = [given["retry_count"] for given in result.inputs("act") if given["number"] == 1]
    assert counts == [0, 1, 2]


def test_a_child_has_a_name_and_a_context_of_its_own():
    steps = {"Say": {"Type": "Pass", "Parameters": {"me.$": "$$.Execution.Name"}, "End": True}}
    said = play(plan_then_map(steps), {}).output["batches"]
    assert len({child["me"] for child in said} | {"execution-1"}) == 4


@pytest.mark.parametrize("catch", [[], [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]])
def test_a_child_that_fails_fails_the_map_by_the_threshold(catch):
    result = play(plan_then_map({"Act": task("Act")}, Catch=catch), {"act": [{}, ValueError("no")]})
    error = result.output["Error"] if catch else result.error
    assert error == "States.ExceedToleratedFailureThreshold"
    assert result.states[-1] == ("Caught" if catch else "Act")
    assert "ValueError" in [child.error for child in result.children]


def test_the_others_are_stopped_when_one_fails():
    steps = {
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.number", "NumericEquals": 1, "Next": "Act"}],
            "Default": "Ask",
        },
        "Act": task("Act"),
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "${Ask.Arn}", "Payload": {"token.$": "$$.Task.Token"}},
            "End": True,
        },
    }
    result = play(plan_then_map(steps), {"act": ValueError, "ask": NO_ANSWER})
    assert [child.status for child in result.children][:2] == ["ABORTED", "FAILED"]
    assert result.error == "States.ExceedToleratedFailureThreshold"


def test_a_child_gets_the_answer_to_its_token():
    steps = {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "${Ask.Arn}", "Payload": {"token.$": "$$.Task.Token"}},
            "End": True,
        }
    }
    assert play(plan_then_map(steps), {"ask": {"yes": 1}}).output["batches"] == [{"yes": 1}] * 3


def test_a_callable_decides_late_what_lies_there():
    batches = []

    def act(given):
        return given["batch"]

    def plan(_given):
        batches.append("i-9")
        return {"key": "operations/1/batches.json", "at_once": 0}

    machine = plan_then_map({"Act": task("Act")})
    mocks = {"plan": plan, "act": act}
    result = run(machine, REQUEST, mocks, objects={PLACE: lambda: batches})
    assert result.output["batches"] == ["i-9"]


def test_a_missing_object_fails_the_map():
    result = run(
        plan_then_map({"Act": task("Act")}), REQUEST, {"plan": {"key": "none", "at_once": 0}}
    )
    assert result.error == "States.ItemReaderFailed"
    assert "EvidenceBucket/none" in str(result.cause)


def test_no_items_are_no_children():
    result = play(plan_then_map({"Act": task("Act")}), {}, items=[])
    assert (result.status, result.output["batches"], result.children) == ("SUCCEEDED", [], [])
