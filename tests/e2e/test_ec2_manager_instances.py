"""EC2 Manager's workers start, stop and reboot: on the record, and in the metrics."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from example_fleets import ALWAYS, MACHINE, ids, never
from people import MACHINES, until

from tasks import store

SYSTEM = "ec2-manager"
ACTIONS = (("stop", "stopped"), ("start", "running"), ("reboot", "running"))


def place(environment):
    return ("--tag", f"System={SYSTEM}", "--tag", f"Environment={environment}")


def workers(fleets, environment, state="running"):
    return fleets.instances(SYSTEM, environment, "worker", state)


def test_workers_are_operated_from_the_command_line(fleets):
    both = ids(workers(fleets, "dev"))
    begun = len(fleets.trail(both[0]))
    for action, state in ACTIONS:
        said = fleets.operate(action, *place("dev"))
        assert f"Succeeded: {action} of 2 instances: 2 succeeded." in said
        assert ids(workers(fleets, "dev", state)) == both
    done = [(action, "succeeded") for action, _ in ACTIONS]
    assert [fleets.trail(one)[begun:] for one in both] == [done, done]


def test_workers_are_operated_from_the_console(fleets):
    both = ids(workers(fleets, "staging"))
    targets = {"tags": {"System": [SYSTEM], "Environment": ["staging"]}}
    for action, state in ACTIONS:
        ended = fleets.end(fleets.ask(action, targets, reason="from the console"))
        assert ended["status"] == "SUCCEEDED", ended
        assert ids(workers(fleets, "staging", state)) == both


def test_each_operation_is_an_item_of_the_audit_table(fleets):
    name = fleets.session.output("AuditTableName")
    keys = fleets.aws("dynamodb", "describe-table", "--table-name", name)["Table"]["KeySchema"]
    assert [(key["AttributeName"], key["KeyType"]) for key in keys] == [
        ("id", "HASH"),
        ("timestamp", "RANGE"),
    ]
    one = ids(workers(fleets, "staging"))[0]
    values = json.dumps({":id": {"S": one}})
    condition = ("--key-condition-expression", "id = :id", "--expression-attribute-values", values)
    found = fleets.aws(
        "dynamodb", "query", "--table-name", name, *condition, "--no-scan-index-forward"
    )
    item = store.from_item(found["Items"][0])
    assert (item["what"], item["outcome"], item["why"]) == (
        "reboot",
        "succeeded",
        "from the console",
    )
    assert (item["system"], item["environment"]) == (SYSTEM, "staging")
    assert item["execution"].startswith(f"{MACHINES}{MACHINE}".replace("stateMachine", "execution"))


@pytest.fixture
def broken(fleets):
    """Let one worker of staging fall back to stopped when it is started, once."""
    one, other = ids(workers(fleets, "staging"))
    fleets.operate("stop", *place("staging"))
    fleets.account.controls.add("ec2", "falls_back", ids=[one], times=1)
    yield one, other
    fleets.account.controls.calm()


def test_an_error_is_recorded_counted_and_mended_by_the_same_again(fleets, broken):
    failing, other = broken
    before = counted(fleets, "start", "failed"), counted(fleets, "start", "succeeded")
    said = fleets.operate("start", *place("staging"), code=1)
    assert "Incomplete" in said
    assert fleets.trail(failing)[-1] == ("start", "failed")
    assert fleets.trail(other)[-1] == ("start", "succeeded")
    until(lambda: counted(fleets, "start", "failed") == before[0] + 1, "the metric of the error")
    until(lambda: counted(fleets, "start", "succeeded") == before[1] + 1, "the metric of the other")
    again = fleets.operate("start", *place("staging"))
    assert "Succeeded: start of 1 instance: 1 succeeded." in again
    assert len(workers(fleets, "staging")) == 2


@pytest.mark.parametrize("action", ["stop", "start", "reboot"])
def test_each_action_has_its_metric(fleets, action):
    until(lambda: counted(fleets, action, "succeeded") >= 4, f"the metric of {action}")


def counted(fleets, action, outcome):
    """Sum the metric of instances by action and outcome."""
    dimensions = [{"Name": "action", "Value": action}, {"Name": "outcome", "Value": outcome}]
    now = datetime.now(UTC)
    reply = fleets.account.client("cloudwatch").get_metric_statistics(
        Namespace="daytwo",
        MetricName="Instances",
        Dimensions=dimensions,
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=4),
        Period=86400,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in reply["Datapoints"])


def test_workers_follow_their_schedule(fleets):
    both = ids(workers(fleets, "dev"))
    fleets.put_schedule(SYSTEM, "dev", ALWAYS)
    until(lambda: fleets.on_schedule(SYSTEM, "dev", "on"), "working days")
    fleets.put_schedule(SYSTEM, "dev", never())
    until(lambda: fleets.on_schedule(SYSTEM, "dev", "off"), "the night")
    assert ids(workers(fleets, "dev", "stopped")) == both
    fleets.put_schedule(SYSTEM, "dev", ALWAYS)
    until(lambda: fleets.on_schedule(SYSTEM, "dev", "on"), "working days")
    assert ids(workers(fleets, "dev")) == both
    last = fleets.said("audit", "--resource", both[0])[0]
    assert (last["what"], last["who"]) == ("start", f"schedule {SYSTEM}/tested")
