"""Waits are on the account's clock, and an abort ends them."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.account import ACCOUNT_ID, REGION

DAY = 86_400
DONE = {"Type": "Succeed"}


def functions_that(answer, account, monkeypatch):
    """Put a stand-in for Lambda behind the machine's role: it answers with what `answer` does."""

    class Functions:
        def invoke(self, FunctionName, Payload, **_others):
            class Body:
                def read(self):
                    return json.dumps(answer(json.loads(Payload))).encode()

            return {"StatusCode": 200, "Payload": Body()}

    role = f"arn:aws:iam::{ACCOUNT_ID}:role/machine"
    monkeypatch.setitem(account._clients, (role, "StepFunctions", "lambda", REGION), Functions())


def ask(**fields):
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
        "End": True,
        **fields,
    }


@pytest.fixture
def tokens(account, monkeypatch):
    found = []
    functions_that(lambda document: found.append(document["token"]), account, monkeypatch)
    return found


def test_each_kind_of_wait_is_compressed(create, start, outcome):
    machine = create(
        Seconds={"Type": "Wait", "Seconds": 600, "Next": "Path"},
        Path={"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Until"},
        Until={"Type": "Wait", "TimestampPath": "$.until", "Next": "Done"},
        Done=DONE,
    )
    until = datetime.now(UTC) + timedelta(seconds=600)
    execution = start(machine, {"seconds": 600, "until": until.strftime("%Y-%m-%dT%H:%M:%SZ")})
    told = outcome(execution)
    assert told["status"] == "SUCCEEDED"
    taken = (told["stopDate"] - told["startDate"]).total_seconds()
    # 1800 seconds of the account are at least 2 of the wall at this factor.
    assert 2 <= taken < 600


def test_a_state_is_entered_at_the_accounts_time_and_waits_for_it(create, start, outcome, account):
    machine = create(
        Sleep={"Type": "Wait", "Seconds": 300, "Next": "Until"},
        Until={"Type": "Wait", "TimestampPath": "$.until", "Next": "Look"},
        Look={"Type": "Pass", "Parameters": {"now.$": "$$.State.EnteredTime"}, "End": True},
    )
    until = (account.clock.now() + timedelta(seconds=600)).replace(microsecond=0)
    execution = start(machine, {"until": until.strftime("%Y-%m-%dT%H:%M:%SZ")})
    looked = json.loads(outcome(execution)["output"])["now"]
    assert looked.endswith("Z")
    assert until <= datetime.fromisoformat(looked) <= account.clock.now()


def test_retries_pause_on_the_clock(create, start, outcome, account, monkeypatch):
    calls = []

    def fail_twice(document):
        calls.append(document)
        if len(calls) < 3:
            raise ConnectionError("not yet")
        return "done"

    functions_that(fail_twice, account, monkeypatch)
    execution = start(
        create(
            Go={
                "Type": "Task",
                "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:go",
                "Retry": [
                    {
                        "ErrorEquals": ["States.TaskFailed"],
                        "IntervalSeconds": 120,
                        "BackoffRate": 2,
                        "MaxDelaySeconds": 180,
                        "MaxAttempts": 5,
                    }
                ],
                "End": True,
            }
        )
    )
    told = outcome(execution)
    assert json.loads(told["output"]) == "done"
    assert len(calls) == 3


def test_a_tasks_own_timeout_is_real_time(create, start, outcome, account, monkeypatch):
    functions_that(lambda _: time.sleep(0.3), account, monkeypatch)
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:go",
        "End": True,
    }
    # A minute of the account is 0.1 s of the wall: the function would not be back in time.
    assert outcome(start(create("slow", Go={**task, "TimeoutSeconds": 60})))["status"] == (
        "SUCCEEDED"
    )
    functions_that(lambda _: time.sleep(2), account, monkeypatch)
    told = outcome(start(create("late", Go={**task, "TimeoutSeconds": 1})))
    assert (told["status"], told["error"]) == ("FAILED", "States.Timeout")


def test_what_a_task_does_after_its_timeout_is_not_told(
    create, start, outcome, account, monkeypatch, states
):
    functions_that(lambda _: time.sleep(1.3), account, monkeypatch)
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:go",
        "TimeoutSeconds": 1,
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "After"}],
        "End": True,
    }
    after = {"Type": "Wait", "Seconds": 600, "End": True}
    execution = start(create(Go=task, After=after))
    outcome(execution)
    events = states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events][:5] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionTimedOut",
    ]
    assert "LambdaFunctionSucceeded" not in [event["type"] for event in events]


def test_an_answer_with_the_token_ends_the_task(create, start, outcome, tokens, states, eventually):
    execution = start(create(Ask=ask()))
    eventually(lambda: tokens)
    states.send_task_heartbeat(taskToken=tokens[0])
    states.send_task_success(taskToken=tokens[0], output='{"status": "approved"}')
    assert json.loads(outcome(execution)["output"]) == {"status": "approved"}
    events = states.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert events[2]["taskScheduledEventDetails"]["resource"] == "invoke.waitForTaskToken"


def test_a_token_is_answered_once(create, start, outcome, tokens, states, eventually):
    execution = start(create(Ask=ask(), top=None))
    eventually(lambda: tokens)
    states.send_task_failure(taskToken=tokens[0], error="Rejected", cause="not today")
    with pytest.raises(states.exceptions.TaskTimedOut):
        states.send_task_success(taskToken=tokens[0], output="{}")
    told = outcome(execution)
    assert (told["error"], told["cause"]) == ("Rejected", "not today")
    with pytest.raises(states.exceptions.TaskTimedOut):
        states.send_task_success(taskToken=tokens[0], output="{}")
    with pytest.raises(states.exceptions.InvalidToken):
        states.send_task_success(taskToken="never given out", output="{}")


def test_a_callback_times_out_on_the_clock(create, start, outcome, tokens, states):
    execution = start(create(Ask=ask(TimeoutSeconds=600)))
    told = outcome(execution)
    assert told["error"] == "States.Timeout"
    with pytest.raises(states.exceptions.TaskTimedOut):
        states.send_task_success(taskToken=tokens[0], output="{}")


def test_heartbeats_keep_a_callback_alive(create, start, outcome, tokens, states, eventually):
    execution = start(create(Ask=ask(TimeoutSeconds=30 * DAY, HeartbeatSeconds=600)))
    eventually(lambda: tokens)
    for _ in range(15):
        time.sleep(0.1)
        states.send_task_heartbeat(taskToken=tokens[0])
    assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    assert outcome(execution)["error"] == "States.Timeout"


def test_each_attempt_has_its_own_token(create, start, outcome, tokens, states, eventually):
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    execution = start(create(Ask=ask(Retry=retry)))
    eventually(lambda: len(tokens) == 1)
    states.send_task_failure(taskToken=tokens[0], error="Again")
    eventually(lambda: len(tokens) == 2)
    states.send_task_success(taskToken=tokens[1], output='"second"')
    assert json.loads(outcome(execution)["output"]) == "second"


@pytest.mark.parametrize("place", ["callback", "retry", "branch", "iteration"])
def test_an_abort_ends_whatever_waits(
    place, create, start, outcome, tokens, states, eventually, account, monkeypatch
):
    wait = {"Type": "Wait", "Seconds": 365 * DAY, "End": True}
    inner = {"StartAt": "Wait", "States": {"Wait": wait}}
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:go",
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 99_999_999}],
        "End": True,
    }
    steps = {
        "callback": ask(),
        "retry": task,
        "branch": {"Type": "Parallel", "Branches": [inner, inner], "End": True},
        "iteration": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": inner, "End": True},
    }
    if place == "retry":
        functions_that(lambda _: 1 / 0, account, monkeypatch)
    execution = start(create(Place=steps[place]), {"items": [1, 2]})
    last = {"callback": "TaskSubmitted", "retry": "LambdaFunctionFailed"}
    waits = last.get(place, "WaitStateEntered")

    def kinds():
        events = states.get_execution_history(executionArn=execution)["events"]
        return [event["type"] for event in events]

    eventually(lambda: waits in kinds())
    states.stop_execution(executionArn=execution)
    assert outcome(execution, seconds=2)["status"] == "ABORTED"
    assert kinds()[-1] == "ExecutionAborted"
