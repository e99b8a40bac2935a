"""Whatever goes wrong after the change has begun, the environment is left as it was."""

import contextlib
import json
import os
import signal
from pathlib import Path

from journeys import MACHINES, QUICK, SLOW, until

ORDERS = "feedback-dev-orders-in-canary"
HEALTH = "feedback-dev-health"


def alarm(feedback, missing, without_data):
    """Make an alarm on a metric that has no data, and give dev's settings with it alone."""
    cloudwatch = feedback.account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=ORDERS,
        Namespace="Shop",
        MetricName="LostOrders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData=missing,
    )
    state = {"StateValue": "INSUFFICIENT_DATA", "StateReason": "a new day"}
    cloudwatch.set_alarm_state(AlarmName=ORDERS, **state)
    return {"alarms": [{"name": ORDERS, "without_data": without_data}]}


def processes(account, function):
    """Give the ids of the processes in which the account runs a function."""
    wanted = {
        f"AWS_LAMBDA_FUNCTION_NAME={function}".encode(),
        f"AWS_ENDPOINT_URL={account.endpoint}".encode(),
    }
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted <= set(path.read_bytes().split(b"\0")):
                found.add(int(path.parent.name))
    return found


def kill(account, function, known=frozenset()):
    """Kill the processes of a function that are not among the known; give their ids."""
    found = processes(account, function) - known
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def test_a_bad_release_is_taken_back_by_the_alarm_and_does_not_go_out_again(feedback):
    before = feedback.seen("dev")
    release = feedback.publish(base="1.2.0")
    with feedback.settings("dev", traffic=SLOW, **alarm(feedback, "ignore", "healthy")):
        execution = feedback.start(release, "dev")
        feedback.canary(execution, "dev")
        feedback.account.client("cloudwatch").set_alarm_state(
            AlarmName=ORDERS, StateValue="ALARM", StateReason="orders were lost"
        )
        described = feedback.end(execution)
    assert (described["status"], described["error"]) == ("FAILED", "RolledBack")
    assert f"Alarm {ORDERS} is ALARM" in described["cause"]
    assert "orders were lost" in described["cause"]
    assert feedback.seen("dev") == before
    assert set(feedback.audit(execution)) == {("promotion", "rolled back")}
    assert release in feedback.quarantined()
    refused = feedback.promote(release, "dev")
    assert refused["error"] == "FailedClean"
    assert f"feedback {release} is quarantined since" in refused["cause"]
    assert "rolled back in dev" in refused["cause"]
    assert feedback.seen("dev") == before


def test_a_silent_alarm_is_not_health_and_the_release_may_come_again(feedback):
    before, release = feedback.seen("dev"), feedback.publish()
    with feedback.settings("dev", **alarm(feedback, "missing", "hold")):
        described = feedback.promote(release, "dev")
    assert described["error"] == "RolledBack"
    assert f"Alarm {ORDERS} is INSUFFICIENT_DATA" in described["cause"]
    assert "nothing said that the release is healthy" in described["cause"]
    assert feedback.seen("dev") == before
    assert release not in feedback.quarantined()


def test_an_execution_aborted_in_the_canary_is_cleaned_up_by_the_janitor(feedback):
    before, release = feedback.seen("dev"), feedback.publish()
    with feedback.settings("dev", traffic=SLOW):
        execution = feedback.start(release, "dev")
        feedback.canary(execution, "dev")
        feedback.account.client("stepfunctions", "alice").stop_execution(
            executionArn=execution, cause="wrong day"
        )
    assert feedback.end(execution)["status"] == "ABORTED"
    cleaned = feedback.cleaned(execution)
    assert cleaned["error"] == "RolledBack"
    assert "wrong day" in cleaned["cause"]
    assert feedback.seen("dev") == before
    assert release not in feedback.quarantined()


def test_an_alias_put_back_by_hand_in_the_canary_ends_the_promotion(feedback):
    before, release = feedback.seen("dev"), feedback.publish()
    client = feedback.account.client("lambda")
    with feedback.settings("dev", traffic={**SLOW, "interval_seconds": 360}):
        execution = feedback.start(release, "dev")
        feedback.canary(execution, "dev")
        client.update_alias(
            FunctionName=HEALTH,
            Name="live",
            FunctionVersion=before["aliases"][HEALTH][0],
            RoutingConfig={},
        )
        described = feedback.end(execution)
    assert described["error"] == "RolledBack"
    assert f"Alias live of {HEALTH} was expected at" in described["cause"]
    assert "somebody else moved it" in described["cause"]
    assert feedback.seen("dev") == before
    assert release not in feedback.quarantined()


def test_somebody_elses_version_is_not_overwritten_and_a_person_is_asked(feedback):
    before, release = feedback.seen("dev"), feedback.publish()
    client = feedback.account.client("lambda")
    with feedback.settings("dev", traffic={**SLOW, "interval_seconds": 360}):
        execution = feedback.start(release, "dev")
        feedback.canary(execution, "dev")
        # Version 1 is the stack's own: neither what was live nor the release.
        client.update_alias(
            FunctionName="feedback-dev-stream-aggregator",
            Name="live",
            FunctionVersion="1",
            RoutingConfig={},
        )
        described = feedback.end(execution)
    assert described["error"] == "FailedDirty"
    assert "A person must look, the environment is kept locked" in described["cause"]
    assert "somebody else moved it" in described["cause"]
    left = {**before["aliases"], "feedback-dev-stream-aggregator": ("1", {})}
    until(lambda: feedback.aliases("dev") == left, "the aliases nobody else moved to be back")
    assert feedback.lock("dev")["owner"] == execution
    # The person puts the alias right, and lets the janitor do the rest.
    client.update_alias(
        FunctionName="feedback-dev-stream-aggregator",
        Name="live",
        FunctionVersion=before["aliases"]["feedback-dev-stream-aggregator"][0],
    )
    feedback.account.client("stepfunctions", "alice").start_execution(
        stateMachineArn=f"{MACHINES}daytwo-janitor", input=json.dumps({"execution": execution})
    )
    cleaned = feedback.cleaned(execution)
    assert cleaned["error"] == "RolledBack", cleaned["cause"]
    assert feedback.seen("dev") == before


def test_a_function_killed_in_the_middle_is_run_again_and_the_promotion_succeeds(feedback):
    release, function = feedback.publish(), "daytwo-promotion-publish-version"
    # Without a warm process each call begins with a new one, which takes its time to start.
    idle = kill(feedback.account, function)
    with feedback.settings("dev", traffic=QUICK):
        execution = feedback.start(release, "dev")
        until(lambda: kill(feedback.account, function, idle), f"a process of {function}")
        described = feedback.end(execution)
    assert described["status"] == "SUCCEEDED", described["cause"]
    assert feedback.seen("dev")["live"]["release"] == release
    client = feedback.account.client("stepfunctions", "alice")
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    failures = [
        event["lambdaFunctionFailedEventDetails"]["error"]
        for page in pages
        for event in page["events"]
        if event["type"] == "LambdaFunctionFailed"
    ]
    assert set(failures) & {"Lambda.Unknown", "Runtime.ExitError"}
