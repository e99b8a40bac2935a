"""A whole promotion on the embedded account, beside the bare interpreter; and how fast it heals.

The bare interpreter runs the same definition in process, every task answered at once by a
mock, every wait compressed to nothing. The embedded account's own waits are compressed too,
so that what is left is the work: HTTP, IAM, function processes, and the services themselves.
"""

import json
import statistics
import sys
import threading
import time
from typing import Any

from infra.discovery import ROOT
from infra.local import control
from workflows import promotion

sys.path.insert(0, str(ROOT / "tests" / "support"))

CLOCK = 10_000.0
ROUNDS = 5
ALIAS = {"FunctionName": "feedback-dev-create-feedback", "Name": "live"}
EACH_MINUTE = "daytwo-ec2-schedule-each-minute"
ALARM = "feedback-dev-create-feedback-errors"


def main() -> None:
    """Print states and seconds of a promotion, and seconds from alarm to restored alias."""
    bare_seconds, bare_states = _bare()
    print("# A promotion (seconds, median of the warm rounds)")
    print(f"bare interpreter, mocked tasks       {bare_seconds:6.2f} s, {bare_states} states")
    with control.running(clock=CLOCK, systems=("feedback",)) as account:
        # At this clock its minute is 6 ms: it would be what is measured.
        account.client("scheduler").delete_schedule(Name=EACH_MINUTE)
        rounds = [_promote(account, version) for version in ("1.0.0", "1.1.0")]
        print(f"embedded account, first (all cold)   {rounds[0][0]:6.2f} s, {rounds[0][1]} states")
        seconds, states, tasks = rounds[1]
        print(f"embedded account, second (warm)      {seconds:6.2f} s, {states} states")
        print(f"of it in the task functions          {tasks:6.2f} s")
        print(f"ratio to the bare interpreter        {seconds / bare_seconds:6.2f}")
        print(f"overhead without the tasks' own time {(seconds - tasks) / bare_seconds:6.2f}x")
    with control.running(clock=60.0, systems=("feedback",)) as account:
        _promote(account, "1.0.0")
        print("# From the alarm to the alias restored (seconds, wall clock; goal: 120)")
        print(f"embedded account, clock 60           {_heal(account):6.2f} s")


def _bare() -> tuple[float, int]:
    from interpreter import run
    from promotions import REQUEST, tasks

    definition, took = promotion.definition(), []
    for _ in range(ROUNDS):
        answers = tasks(**_as_feedback_in_dev())
        started = time.perf_counter()
        result = run(definition, REQUEST, answers)
        took.append(time.perf_counter() - started)
    return statistics.median(took), len(result.states)


def _as_feedback_in_dev() -> dict[str, Any]:
    """Answer with as many functions, steps and looks as feedback has in dev."""
    from promotions import CAPTURED, FUNCTION, plan

    looks = [{"wait_seconds": 30, "last": False}, {"wait_seconds": 30, "last": True}]
    shares = [(0, 10, looks), (10, 50, looks), (50, 100, [])]
    names = [f"feedback-dev-{number}" for number in range(5)]
    return {
        "promotion_make_plan": plan(
            functions=[{**FUNCTION, "function": name} for name in names],
            steps=[
                {"name": f"{after} %", "from": before, "to": after, "checks": checks}
                for before, after, checks in shares
            ],
        ),
        "promotion_capture_rollback_plan": {
            **CAPTURED,
            "functions": [{"function": name, "alias": "live", "version": "3"} for name in names],
        },
        "promotion_check_change_set": {"arn": "arn:change-set", "ready": True, "empty": False},
    }


def _promote(account: control.LocalAccount, version: str) -> tuple[float, int, float]:
    stepfunctions = account.client("stepfunctions")
    execution = _start(account, version)
    while stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING":
        threading.Event().wait(0.05)
    described = stepfunctions.describe_execution(executionArn=execution)
    if described["status"] != "SUCCEEDED":
        raise RuntimeError(f"{version} was not promoted: {described.get('cause')}")
    events = _events(stepfunctions, execution)
    states = sum("stateEnteredEventDetails" in event for event in events)
    seconds = (described["stopDate"] - described["startDate"]).total_seconds()
    return seconds, states, _task_seconds(events)


def _task_seconds(events: list[dict[str, Any]]) -> float:
    """Add up the time in which at least one task function ran."""
    begun = {}
    spans = []
    for event in events:
        if event["type"] == "LambdaFunctionScheduled":
            begun[event["id"]] = event["timestamp"].timestamp()
        elif event["type"] in ("LambdaFunctionSucceeded", "LambdaFunctionFailed"):
            started = event["previousEventId"]
            while started not in begun:
                started = next(e for e in events if e["id"] == started)["previousEventId"]
            spans.append((begun[started], event["timestamp"].timestamp()))
    total, end = 0.0, 0.0
    for first, last in sorted(spans):
        total += max(0.0, last - max(first, end))
        end = max(end, last)
    return total


def _heal(account: control.LocalAccount) -> float:
    functions, cloudwatch = account.client("lambda"), account.client("cloudwatch")
    before = functions.get_alias(**ALIAS)["FunctionVersion"]
    _start(account, "1.1.0")
    while not functions.get_alias(**ALIAS).get("RoutingConfig", {}).get("AdditionalVersionWeights"):
        threading.Event().wait(0.02)
    started = time.perf_counter()
    while True:
        # An alarm is evaluated again and again; keep it red as a broken release would.
        cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="bench")
        alias = functions.get_alias(**ALIAS)
        weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")
        if alias["FunctionVersion"] == before and not weights:
            return time.perf_counter() - started
        threading.Event().wait(0.02)


def _start(account: control.LocalAccount, version: str) -> str:
    stacks = account.client("cloudformation").describe_stacks(StackName="daytwo")["Stacks"]
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stacks[0]["Outputs"]}
    request = {
        "system": "feedback",
        "release": version,
        "environment": "dev",
        "requested_by": "bench",
        "reason": "a figure",
    }
    reply = account.client("stepfunctions").start_execution(
        stateMachineArn=outputs["PromotionStateMachineArn"], input=json.dumps(request)
    )
    return str(reply["executionArn"])


def _events(stepfunctions: Any, execution: str) -> list[dict[str, Any]]:
    pages = stepfunctions.get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]
