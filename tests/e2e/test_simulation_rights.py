"""Each task of a simulation works with the rights it declares, and with no other."""

import json

import pytest
import rights
from drill_systems import scenario, system

from schemas.validation import check
from tasks import errors, store

NOW = "2099-01-01T00:00:00Z"
LATER = "2099-01-01T00:10:00Z"
ALARM = {"name": "feedback-{environment}-errors"}
TEAM = {"name": "platform", "role": "release-manager"}


@pytest.fixture(scope="module")
def machines(house):
    """State machines of both names, whose executions fail at once; gives how one is started."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = house.client("iam").create_role(RoleName="machines", AssumeRolePolicyDocument=trust)
    stepfunctions, made = house.client("stepfunctions"), {}
    for name in ("daytwo-dr-simulation", "daytwo-restore-drill"):
        fail = {"Type": "Fail", "Error": "DrillFailed", "Cause": "as the test asks"}
        made[name] = stepfunctions.create_state_machine(
            name=name,
            definition=json.dumps({"StartAt": "A", "States": {"A": fail}}),
            roleArn=role["Role"]["Arn"],
        )["stateMachineArn"]

    def start(machine, name):
        arn = made[f"daytwo-{machine}"]
        started = stepfunctions.start_execution(stateMachineArn=arn, name=name, input="{}")
        return {"id": started["executionArn"], "name": name, "started_at": NOW}

    return start


@pytest.fixture(scope="module")
def registered(house):
    environments = [
        {"name": name, "stack": f"feedback-{name}", "alarms": [ALARM]} for name in ("dev", "prod")
    ]
    described = system({"data-corruption": scenario("items")}, environments)
    described["recovery"]["simulation"]["teams"] = [TEAM]
    item = {**store.system("feedback"), "manifest": json.dumps(described)}
    house.client("dynamodb").put_item(TableName=rights.STATE, Item=store.to_item(item))
    for name in ("dev", "prod"):
        house.client("cloudwatch").put_metric_alarm(
            AlarmName=f"feedback-{name}-errors",
            MetricName="Errors",
            Namespace="feedback",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )


def planned(run, execution):
    asked = {"system": "feedback", "scenarios": ["data-corruption"], "requested_by": "a schedule"}
    request = check(asked, "workflows/dr_simulation")
    document = {"request": request, "execution": execution, "now": NOW}
    return run("simulation.plan_simulation", document)


def test_a_simulation_goes_from_its_plan_to_its_report(registered, machines, run):
    planned(run, machines("dr-simulation", "first"))
    plan = planned(run, machines("dr-simulation", "second"))
    about = {"plan": plan, "announced_at": NOW, "now": LATER}
    looked = run("simulation.look_both_ways", {**about, "scenario": "data-corruption"})
    assert looked["safe"], looked["words"]
    machines("restore-drill", "second-data-corruption")
    results = run("simulation.report_simulation", about)
    assert results["verdict"] == "FAIL"
    assert "DrillFailed: as the test asks" in results["lines"][0]
    asked = {
        "plan": plan,
        "team": TEAM,
        "results": results,
        "overdue": False,
        "now": LATER,
        "task_token": "token",
    }
    assert run("simulation.request_sign_off", asked)["id"]
    report = run("simulation.report_simulation", {**about, "results": results})
    assert report["end"] == "SimulationFailed"
    again = run("simulation.report_simulation", {**about, "results": results, "now": NOW})
    assert again["key"] == "simulations/second/report-2.json"


def test_before_anything_was_looked_at_nothing_is_green(registered, machines, run):
    plan = planned(run, machines("dr-simulation", "third"))
    results = run("simulation.report_simulation", {"plan": plan, "announced_at": NOW, "now": LATER})
    assert "did not come so far" in results["lines"][0]


def test_an_unknown_system_is_refused(house, machines, run):
    request = check({"system": "till", "requested_by": "somebody"}, "workflows/dr_simulation")
    execution = machines("dr-simulation", "fourth")
    with pytest.raises(errors.UnknownSystem):
        run("simulation.plan_simulation", {"request": request, "execution": execution, "now": NOW})
