"""`daytwo ec2 plan` and `show`: the plan of an operation, instance by instance."""

import hashlib
import json

import boto3
import pytest

from tasks import store
from workflows.cli.ec2.plans import Plan, refusals, summary


def line(number, verdict="act", reason="", batch=1):
    return {
        "instance_id": f"i-{number:017x}",
        "name": f"web-{number}",
        "type": "t3.micro",
        "zone": "us-east-1a",
        "state": "running",
        "verdict": verdict,
        "reason": reason,
        "batch": batch if verdict == "act" else 0,
    }


LINES = [
    line(1),
    line(2, "already", "is stopped already"),
    line(3, "refused", "has the tag daytwo:protected"),
    line(4, batch=2),
]


@pytest.fixture
def planned(daytwo, monkeypatch):
    """Let every operation that is started have a plan."""
    from workflows.cli import executions

    name = executions.execution_name

    def named(about):
        made = name(about)
        daytwo.evidence(f"operations/{made}/plan.jsonl", LINES)
        return made

    monkeypatch.setattr(executions, "execution_name", named)
    return daytwo


def test_a_plan_shows_what_happens_to_each_instance_and_changes_nothing(run, planned):
    result = run("ec2", "plan", "stop", "--tag", "Environment=dev")

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == ("stop: 4 matched, 2 to act on in 2 batches, 1 already there, 1 refused")
    assert "A dry run: nothing was changed." in result.stdout
    rows = {row.split()[0]: row for row in lines if row.startswith(" i-")}
    assert "refused" in rows[LINES[2]["instance_id"]]
    assert "daytwo:protected" in rows[LINES[2]["instance_id"]]
    assert "already there" in rows[LINES[1]["instance_id"]]
    assert next(iter(rows)) == LINES[2]["instance_id"], "what is refused comes first"
    machine = planned.outputs["Ec2OperationStateMachineArn"]
    (entry,) = planned.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
    described = planned.stepfunctions.describe_execution(executionArn=entry["executionArn"])
    assert json.loads(described["input"])["dry_run"] is True


def test_a_dry_run_is_the_same_as_a_plan(run, planned):
    planning = json.loads(run("ec2", "plan", "stop", "--tag", "A=b", "--json").stdout)
    dry = json.loads(run("ec2", "stop", "--tag", "A=b", "--dry-run", "--json").stdout)

    assert planning.pop("operation") != dry.pop("operation")
    assert planning == dry
    assert (dry["matched"], dry["to_act"], dry["already"], dry["refused"]) == (4, 2, 1, 1)
    assert dry["instances"] == LINES


def test_the_digest_is_that_of_the_list_as_it_is_stored(run, planned):
    shown = json.loads(run("ec2", "plan", "stop", "--tag", "A=b", "--json").stdout)

    stored = (
        boto3.client("s3")
        .get_object(Bucket="daytwo-evidence", Key=f"operations/{shown['operation']}/plan.jsonl")[
            "Body"
        ]
        .read()
    )
    assert shown["digest"] == hashlib.sha256(stored).hexdigest()


def test_a_plan_that_is_refused_says_why_and_fails(run, daytwo):
    daytwo.define(
        {
            "StartAt": "End",
            "States": {
                "End": {"Type": "Fail", "Error": "FailedClean", "Cause": "No instance matches"}
            },
        },
        "Ec2Operation",
    )

    result = run("ec2", "plan", "stop", "--tag", "A=b")

    assert result.exit_code == 1
    assert "FailedClean: No instance matches" in result.stderr


def test_the_plan_of_an_operation_is_shown_again(run, daytwo):
    daytwo.run(document={"action": "terminate", "targets": {}}, workflow="Ec2Operation")
    daytwo.evidence("operations/run-1/plan.jsonl", LINES)

    shown = run("ec2", "show", "run-1").stdout

    assert shown.startswith("terminate: 4 matched")
    assert "dry run" not in shown
    assert all(entry["instance_id"] in shown for entry in LINES)


@pytest.fixture
def recorded(daytwo):
    """Record the batches of the operation run-1: so many that went well, and one that did not."""

    def write(number):
        daytwo.run(document={"action": "stop", "targets": {}}, workflow="Ec2Operation")
        daytwo.evidence("operations/run-1/plan.jsonl", LINES)
        for at in range(1, number + 2):
            lost = at > number
            daytwo.write(
                {
                    **store.batch("run-1", at),
                    "number": at,
                    "succeeded": 0 if lost else 2,
                    "failed": 2 if lost else 0,
                    "not_touched": 0,
                    "interrupted": 0,
                    "failures": json.dumps([{"error": "TimedOut"}] * 2 if lost else []),
                    "cause": "",
                    "recorded_at": "2026-11-20T12:00:00Z",
                }
            )

    return write


def test_what_became_of_each_batch_is_shown(run, recorded):
    recorded(1)

    shown, document = run("ec2", "show", "run-1").stdout, run("ec2", "show", "run-1", "--json")

    assert "Batches: 2 recorded" in shown
    assert "2 failed (2 TimedOut)" in shown
    good, bad = json.loads(document.stdout)["results"]
    assert (good["counts"]["succeeded"], bad["errors"]) == (2, {"TimedOut": 2})


def test_of_many_batches_those_that_failed_are_shown(run, recorded):
    recorded(60)

    shown = run("ec2", "show", "run-1").stdout

    assert "Batches: 61 recorded" in shown
    assert shown.count("2026-11-20T12:00:00Z") == 1
    assert "2 failed (2 TimedOut)" in shown


def test_an_operation_without_a_plan_is_said_so(run, daytwo):
    daytwo.run(workflow="Ec2Operation")

    result = run("ec2", "show", "run-1")

    assert result.exit_code == 2
    assert "run-1 has no plan" in result.stderr


def test_many_rows_are_cut_on_screen_and_not_in_json(run, daytwo):
    daytwo.run(document={"action": "stop", "targets": {}}, workflow="Ec2Operation")
    daytwo.evidence("operations/run-1/plan.jsonl", [line(number) for number in range(600)])

    shown, document = run("ec2", "show", "run-1"), run("ec2", "show", "run-1", "--json")

    assert shown.stdout.count("\n i-") == 500
    assert "and 100 more; --json has them all." in shown.stderr
    assert len(json.loads(document.stdout)["instances"]) == 600


def test_the_same_reasons_count_up():
    plan = Plan("x", "", [line(n, "refused", f"i-{n:017x} is protected") for n in range(3)])

    assert refusals(plan) == ["it is protected"] * 3
    assert summary(plan, {"action": "stop"}).endswith("0 batches, 0 already there, 3 refused")
