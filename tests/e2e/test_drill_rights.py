"""Each task of a drill's core works with the rights it declares, and with no other."""

import json

import pytest
import rights
from drill_systems import request, scenario, system

from tasks import errors, store
from tasks.drills import choices, ledger
from tasks.drills.verdicts import check

NOW = "2099-01-01T00:00:00Z"
LATER = "2099-01-01T00:10:00Z"
EVERYTHING = ("items", "db", "cluster", "files", "volumes")


@pytest.fixture(scope="module")
def executions(house):
    """Start an execution that fails at once; gives what a task is told of it."""
    stepfunctions = house.client("stepfunctions")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = house.client("iam").create_role(RoleName="drills", AssumeRolePolicyDocument=trust)
    machine = stepfunctions.create_state_machine(
        name="daytwo-restore-drill",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail"}}}),
        roleArn=role["Role"]["Arn"],
    )["stateMachineArn"]

    def start(name):
        started = stepfunctions.start_execution(stateMachineArn=machine, name=name, input="{}")
        return {"id": started["executionArn"], "name": name, "started_at": NOW}

    return start


@pytest.fixture(scope="module")
def registered(house):
    """A system with a bucket that keeps versions, and nothing else of what it describes."""
    scenarios = {
        "data-corruption": scenario(*EVERYTHING),
        "az-failure": scenario("web", opens=["web"], stop_alarms=["feedback-dev-customers"]),
    }
    item = {**store.system("feedback"), "manifest": json.dumps(system(scenarios))}
    house.client("dynamodb").put_item(TableName=rights.STATE, Item=store.to_item(item))
    s3 = house.client("s3")
    s3.create_bucket(Bucket="feedback-prod-files")
    s3.put_bucket_versioning(
        Bucket="feedback-prod-files", VersioningConfiguration={"Status": "Enabled"}
    )
    house.client("cloudwatch").put_metric_alarm(
        AlarmName="feedback-dev-customers",
        MetricName="Errors",
        Namespace="feedback",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


def planned(run, execution, name="az-failure"):
    asked = {"request": request(name), "execution": execution, "now": NOW}
    return run("drill.plan_drill", asked)


@pytest.mark.parametrize("name", ["data-corruption", "infrastructure-failure"])
def test_planning_looks_at_sources_and_at_the_names_of_copies(name, registered, executions, run):
    with pytest.raises(errors.NothingToRestore) as told:
        planned(run, executions(f"plan-{name}"), name)
    reasons = str(told.value)
    if name == "data-corruption":
        assert "items: There is no table feedback-prod-items" in reasons
        assert "db: There is no instance" in reasons
        assert "cluster: There is no cluster" in reasons
        assert "files:" not in reasons
    else:
        assert "api: The function feedback-prod-api has no alias live" in reasons


def test_a_drill_goes_from_its_plan_to_its_end(registered, executions, house, run):
    first, second = executions("first"), executions("second")
    run("drill.open_drill", {"plan": planned(run, first), "now": NOW})
    plan = planned(run, second)
    opened = run("drill.open_drill", {"plan": plan, "now": NOW})
    assert opened["took_over"] == "first"
    drill = plan["drill"]
    where = {"table": rights.STATE, "dynamodb": house.client("dynamodb")}
    about = {"component": "web", "target": {}, "now": NOW}
    row = ledger.plan(drill["id"], "zone", "feedback-dev-web", **about, **where)
    listed = run("drill.list_ledger", {"drill_id": drill["id"], "keep": "on_failure", "now": NOW})
    assert listed["rows"] == [row]
    found = run("drill.find_drill", {"document": {"execution": second["id"]}, "now": LATER})
    assert found["drills"][0]["why"] == "cut_off"
    ledger.strike_out(row, "the zone serves", now=LATER, **where)

    reply = house.client("s3").get_object(Bucket=rights.EVIDENCE, Key=plan["components_key"])
    (component,) = json.loads(reply["Body"].read())
    marks = {f"t{number}": f"2099-01-01T00:0{number}:00Z" for number in range(7)}
    failing = {"Error": "Unhealthy", "Cause": "not enough in service"}
    outcome = run(
        "drill.record_outcome",
        {
            "component": component,
            "drill": drill,
            "times": marks,
            "checked": {"group": {"checks": [check("members in service", "FAIL", "3", "2")]}},
            "failure": failing,
            "now": LATER,
        },
    )
    assert outcome["verdict"] == "FAIL"
    judged = {"plan": plan, "judgement": run("drill.judge_drill", {"plan": plan, "now": LATER})}
    assert judged["judgement"]["clean"] is True
    evidence = run("drill.write_evidence", {**judged, "now": LATER})
    again = run("drill.write_evidence", {**judged, "now": "2099-01-01T00:11:00Z"})
    assert again["key"] != evidence["key"]
    findings = run("drill.record_findings", {**judged, "now": LATER})
    assert len(findings["ops_items"]) == len(findings["opened"]) == 1
    closed = run("drill.close_drill", {**judged, "evidence": evidence, "now": LATER})
    assert closed["end"] == "DrillFailed"


def test_people_are_asked(registered, executions, run):
    plan = planned(run, executions("asked"))
    assert run("drill.request_approval", {"plan": plan, "task_token": "token"})["id"]


def test_the_name_of_a_copy_that_is_there_is_seen(registered, executions, house, run):
    execution = executions("taken")
    name = choices.copy_name(choices.prefix(execution["id"]), "files")
    house.client("s3").create_bucket(Bucket=name)
    with pytest.raises(errors.DrillRefused, match=f"something of the name {name} already"):
        planned(run, execution, "data-corruption")
