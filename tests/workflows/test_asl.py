"""The builders that every workflow is written with."""

import subprocess
import sys

import pytest

from workflows.asl import Fail, Pass, Steps, Succeed, chain, logical_id, write
from workflows.sdk import Map, Retry, Task

FAILED = Fail("Failed", error_path="$.failure.Error", cause_path="$.failure.Cause")


@pytest.fixture
def steps():
    return Steps(Fail("Failed", error="Failed"))


def test_the_sdk_loads_without_its_sagemaker_half():
    code = (
        "import sys, workflows.asl\n"
        "heavy = {'sagemaker', 'pandas', 'boto3'} & {name.split('.')[0] for name in sys.modules}\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_task_has_a_timeout_retries_and_a_catch_by_itself(steps):
    state = steps.task(
        "Lock it", "locks.acquire_lock", {"system.$": "$.system"}, "$.lock"
    ).to_dict()
    assert state["Resource"] == "${LocksAcquireLock.Arn}"
    assert state["TimeoutSeconds"] >= 30
    assert state["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Failed"}
    ]
    transient, crashed = state["Retry"]
    assert {"Throttled", "Unavailable"} <= set(transient["ErrorEquals"])
    assert transient["JitterStrategy"] == "FULL"
    assert crashed["ErrorEquals"] == ["Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError"]


def test_a_task_is_told_the_execution_it_runs_for(steps):
    state = steps.task("Lock it", "locks.acquire_lock", {}).to_dict()
    assert state["Parameters"]["correlation_id.$"] == "$$.Execution.Name"


def test_an_answer_without_a_room_is_dropped(steps):
    assert steps.task("Lock it", "locks.acquire_lock", {}).to_dict()["ResultPath"] is None


def test_inside_a_map_the_state_around_it_catches(steps):
    inner = Steps(None).task("Shift one", "promotion.shift_alias", {})
    state = steps.each("Shift all", "$.functions", {"x.$": "$"}, inner, at_once=1).to_dict()
    assert "Catch" not in state["ItemProcessor"]["States"]["Shift one"]
    assert state["Catch"][0]["Next"] == "Failed"
    assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
    assert state["ItemSelector"] == {"x.$": "$"}
    assert "Iterator" not in state
    assert "Parameters" not in state


def test_a_distributed_map_says_how_its_children_run():
    state = Map("Each", mode="DISTRIBUTED", iterator=Pass("One"), items_path="$.x").to_dict()
    assert state["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD",
    }


def test_fields_that_the_sdk_lacks_are_written():
    retry = Retry(error_equals=["States.Timeout"], max_delay_seconds=9, jitter_strategy="FULL")
    task = Task("T", resource="r", result_selector={"a.$": "$.b"}, retry=retry).to_dict()
    assert task["ResultSelector"] == {"a.$": "$.b"}
    assert task["Retry"][0]["MaxDelaySeconds"] == 9
    assert FAILED.to_dict()["ErrorPath"] == "$.failure.Error"


def test_a_misspelt_field_is_refused():
    with pytest.raises(TypeError, match="time_out"):
        Task("T", resource="r", time_out=3)


def poll(steps, every, budget):
    check = steps.task("Check it", "promotion.check_stack", {}, "$.stack")
    return steps.poll_until("Is it done", check, "$.stack.done", every, budget, Succeed("Done"))


def test_a_poll_has_a_budget_and_says_what_it_waited_for(steps):
    states = write(poll(steps, 15, 60), "poll", 100)["States"]
    assert states["Is it done?"]["Choices"][1]["NumericGreaterThanEquals"] == 4
    assert states["Is it done: give up"]["Result"]["Error"] == "States.Timeout"
    assert "after 60 s" in states["Is it done: give up"]["Result"]["Cause"]


def test_a_poll_that_would_fill_the_history_is_refused(steps):
    with pytest.raises(ValueError, match="poll less often"):
        poll(steps, 1, 3600)


def test_a_callback_gives_the_token_and_goes_its_own_way_when_time_is_up(steps):
    late = Pass("Late")
    state = steps.callback(
        "Ask", "approval.request_approval", {}, "$.approval", "$.seconds", late
    ).to_dict()
    assert state["Resource"].endswith(":lambda:invoke.waitForTaskToken")
    assert state["Parameters"]["Payload"]["task_token.$"] == "$$.Task.Token"
    assert [catch["Next"] for catch in state["Catch"]] == ["Late", "Failed"]


def test_a_chain_goes_from_each_state_to_the_next():
    first = chain(Pass("One"), Pass("Two"), Succeed("Three"))
    states = write(first, "chain", 10)["States"]
    assert (states["One"]["Next"], states["Two"]["Next"]) == ("Two", "Three")


def test_a_task_s_function_is_named_after_it():
    assert logical_id("promotion.shift_alias") == "PromotionShiftAlias"
