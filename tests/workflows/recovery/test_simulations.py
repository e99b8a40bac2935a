"""Whole simulations: their tasks, their drills and their sign-offs, as they are."""

import json

import boto3
import pytest
import simulations
from drill_house import TABLES, Objects
from drilled_systems import manifest
from interpreter import ROLE, run
from simulations import ALICE, BOB

from tasks import decisions, store
from tasks.runtime import iso
from tasks.simulation import look_both_ways, plan_simulation, report_simulation
from workflows import dr_simulation

ITEMS = {"name": "items", "type": "dynamodb_table", "table": "shop-{environment}-items"}
ORDERS = {"name": "orders", "type": "dynamodb_table", "table": "shop-{environment}-orders"}
CAROL = BOB.replace("bob", "carol")
NAME = "quarterly-1"


def described():
    """Two scenarios of tables, and two teams that sign."""
    made = manifest(
        [ITEMS, ORDERS],
        {
            "data-corruption": {"options": {"corrupt_items": 0}, "components": ["items"]},
            "security-breach": {"components": ["orders"], "options": {"compromised_hours": 1}},
        },
    )
    made["roles"] = {"platform": [BOB], "support": [CAROL]}
    for environment in made["environments"]:
        environment["alarms"] = [{"name": "shop-{environment}-errors"}]
    made["recovery"]["simulation"] = {
        "teams": simulations.TEAMS,
        "announce_seconds": 900,
        "sign_off_seconds": 86400,
    }
    return made


class Drills:
    """Step Functions, as a simulation sees it: it starts a drill, and is told its end."""

    exceptions = simulations.Executions.exceptions

    def __init__(self, house):
        self.house, self.ended, self.tasks = house, {}, {}

    def start(self, call):
        name, request = call["name"], json.loads(call["input"])
        begun = self.house.clock.now()
        system, scenario = request.pop("system"), request.pop("scenario")
        result = self.house.drill(system, scenario, name=name, **request)
        self.ended[name] = {
            "executionArn": simulations.arn(scenario, NAME),
            "stateMachineArn": ROLE,
            "name": name,
            "status": result.status,
            "startDate": begun,
            "stopDate": self.house.clock.now(),
            "input": call["input"],
            **(
                {"error": result.error, "cause": result.cause} if result.error else {"output": "{}"}
            ),
        }
        return {"executionArn": simulations.arn(scenario, NAME), "startDate": begun.isoformat()}

    def described(self, call):
        found = self.ended[call["executionArn"].rpartition(":")[2]]
        moments = {name: found[name].isoformat() for name in ("startDate", "stopDate")}
        return {**found, **moments}

    def describe_execution(self, executionArn):
        name = executionArn.rpartition(":")[2]
        if name not in self.ended:
            raise self.exceptions.ExecutionDoesNotExist(executionArn)
        return self.ended[name]


class Tokens:
    """Where a decision goes; the interpreter answers the token itself."""

    def send_task_success(self, **answer):
        pass


@pytest.fixture
def shop(house):
    house.register(described())
    for table in ("shop-prod-items", "shop-prod-orders"):
        house.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        house.dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        house.dynamodb.put_item(TableName=table, Item={"id": {"S": "item-1"}})
    for name in ("dev", "prod"):
        alarm(f"shop-{name}-errors", "OK")
    house.clock.advance(2 * 3600)
    return house


def alarm(name, state):
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="Errors",
        Namespace="shop",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="as the test asks")


@pytest.fixture
def simulate(shop, monkeypatch):
    drills = Drills(shop)
    for module in (plan_simulation, look_both_ways, report_simulation):
        plain = module.client

        def client(service, target=None, plain=plain):
            return drills if service == "stepfunctions" else plain(service, target)

        monkeypatch.setattr(module, "client", client)
    tasks = shop.tasks()

    def signing(document):
        """Ask the team, and let its person say yes."""
        answer = tasks["simulation_request_sign_off"](document)
        who = {"platform": BOB, "support": CAROL}[document["team"]["name"]]
        table, audit = (TABLES[name][0] for name in ("STATE_TABLE", "AUDIT_TABLE"))
        places = decisions.Places(table, audit, shop.dynamodb, Tokens())
        record = decisions.read(answer["id"], places)
        said = {"id": answer["id"], "decision": "approve", "reason": "seen"}
        decisions.deliver(decisions.count(record, who, said, places), places)
        return answer

    def simulate(**replaced):
        return run(
            dr_simulation.definition(),
            {"system": "shop", "requested_by": ALICE},
            {**tasks, "simulation_request_sign_off": signing, **replaced},
            services={
                "stepfunctions.start_execution": drills.start,
                "stepfunctions.describe_execution": drills.described,
            },
            objects=Objects(),
            name=NAME,
            timeout=120,
            clock=shop.clock,
        )

    return simulate


def report(house):
    return json.loads(house.object(f"simulations/{NAME}/report.json"))


def record(house):
    key = store.to_item(store.simulation(NAME))
    return store.from_item(house.dynamodb.get_item(TableName="daytwo-state", Key=key)["Item"])


def copies(house):
    return [name for name in house.dynamodb.list_tables()["TableNames"] if "drill-" in name]


def test_all_scenarios_are_played_signed_and_reported(shop, simulate):
    begun = iso(shop.clock.now())
    result = simulate()
    assert result.status == "SUCCEEDED", result.cause
    found = report(shop)
    assert [one["verdict"] for one in found["scenarios"]] == ["PASS", "PASS"]
    (first, second) = found["scenarios"]
    assert begun < first["started_at"] < first["ended_at"] <= second["started_at"]
    assert first["actual_seconds"] > 0
    assert first["report_key"] == f"drills/{NAME}-data-corruption/report.html"
    assert shop.record(first["drill"])["simulation"] == NAME
    assert [one["state"] for one in found["sign_offs"]] == ["signed", "signed"]
    assert record(shop)["verdict"] == "PASS"
    assert copies(shop) == []
    assert b"Post-incident review" in shop.object(f"simulations/{NAME}/report.html")


def test_a_red_drill_stops_no_other_and_its_action_is_in_the_review(shop, simulate):
    shop.account.weather["dynamodb"].add("corrupted")
    result = simulate()
    assert (result.status, result.error) == ("FAILED", "SimulationFailed")
    found = report(shop)
    assert [one["end"] for one in found["scenarios"]] == ["DrillFailed", "DrillFailed"]
    actions = found["review"]["actions"]
    assert {one["scenario"] for one in actions} == {"data-corruption", "security-breach"}
    assert {one["owner"] for one in actions} == {"team-shop"}
    assert all(one["due_at"] for one in actions)
    assert record(shop)["verdict"] == "FAIL"


def test_after_a_drill_that_left_something_the_rest_is_not_started(shop, simulate):
    shop.account.weather["dynamodb"].add("undeletable")
    result = simulate()
    assert result.error == "SimulationFailed"
    (first, second) = report(shop)["scenarios"]
    assert first["end"] == "FailedDirty"
    assert (second["end"], second["verdict"]) == ("NotStarted", "NOT STARTED")
    assert "FailedDirty" in second["words"]
    assert len(copies(shop)) == 1


def test_with_an_alarm_that_is_red_nothing_is_started(shop, simulate):
    alarm("shop-prod-errors", "ALARM")
    result = simulate()
    assert result.error == "SimulationFailed"
    assert {one["end"] for one in report(shop)["scenarios"]} == {"NotStarted"}
    assert copies(shop) == []
    assert "shop-prod-errors is ALARM" in result.cause
