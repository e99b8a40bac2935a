"""look_both_ways: nothing begins while anything around it is not known to be calm."""

import json

import boto3
import pytest
import simulations
from simulations import ID

from tasks import store
from tasks.errors import AwsCallFailed, InvalidInput, Throttled
from tasks.simulation import look_both_ways

DRILL = "arn:aws:states:us-east-1:123456789012:execution:daytwo-restore-drill:other"


def checks(shop):
    seen = json.loads(shop.object(f"simulations/{ID}/data-corruption/look.json"))
    return {check["name"]: check for check in seen["checks"]}


def red(shop):
    return {name for name, check in checks(shop).items() if check["verdict"] != "PASS"}


def test_it_is_safe_when_all_is_calm(shop):
    look = shop.look(shop.plan())
    assert look == {
        "safe": True,
        "key": f"simulations/{ID}/data-corruption/look.json",
        "words": "",
    }
    assert set(checks(shop)) == {
        "earlier drills",
        "alarms of dev",
        "lock of dev",
        "alarms of prod",
        "lock of prod",
        "other drills",
        "EC2 operations",
    }
    assert red(shop) == set()


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_a_red_alarm_of_either_environment_stands_against_it(environment, shop):
    shop.alarm(f"shop-{environment}-errors", "ALARM")
    look = shop.look(shop.plan())
    assert not look["safe"]
    assert red(shop) == {f"alarms of {environment}"}
    assert f"shop-{environment}-errors is ALARM" in look["words"]


def test_an_alarm_without_data_is_not_red(shop):
    shop.alarm("shop-dev-errors", "INSUFFICIENT_DATA")
    assert shop.look(shop.plan())["safe"]


def test_an_alarm_that_does_not_exist_stands_against_it(shop):
    boto3.client("cloudwatch").delete_alarms(AlarmNames=["shop-dev-errors"])
    look = shop.look(shop.plan())
    assert "there is no metric alarm shop-dev-errors" in look["words"]


def test_a_promotion_stands_against_it(shop):
    lock = {"owner": "arn:promotion", "since": simulations.NOW, "purpose": "promote 1.2.0"}
    shop.write({**store.lock("shop", "dev"), **lock, "lease_expires": 1, "fence": 7})
    look = shop.look(shop.plan())
    assert red(shop) == {"lock of dev"}
    assert "by arn:promotion: promote 1.2.0" in look["words"]


def test_a_lock_that_was_released_does_not(shop):
    shop.write({**store.lock("shop", "dev"), "fence": 7})
    assert shop.look(shop.plan())["safe"]


def test_another_drill_stands_against_it(shop):
    place = {"drill": "other", "execution": DRILL, "since": simulations.NOW}
    shop.write({**store.active_drill("shop"), **place})
    shop.executions.end(DRILL, "RUNNING")
    look = shop.look(shop.plan())
    assert red(shop) == {"other drills"}
    assert "in the drill other since" in look["words"]


def test_a_drill_that_is_over_and_left_nothing_does_not(shop):
    place = {"drill": "other", "execution": DRILL, "since": simulations.NOW}
    shop.write({**store.active_drill("shop"), **place})
    assert shop.look(shop.plan())["safe"]


@pytest.mark.parametrize(
    ("system", "environment", "safe"),
    [("shop", "dev", False), ("shop", "", False), ("shop", "staging", True), ("bank", "dev", True)],
)
def test_an_ec2_operation_there_stands_against_it(system, environment, safe, shop):
    claim = {"instances": ["i-1"], "since": simulations.NOW, "action": "patch"}
    shop.write({**store.instance_claim("patch-1"), **claim})
    shop.write({**store.claims_version(), "version": 1})
    shop.write({**store.operation("patch-1"), "system": system, "environment": environment})
    look = shop.look(shop.plan())
    assert look["safe"] is safe
    assert safe or "by the operation patch-1 (patch)" in look["words"]


@pytest.mark.parametrize(
    ("status", "error", "safe"),
    [
        ("SUCCEEDED", "", True),
        ("FAILED", "DrillFailed", True),
        ("FAILED", "FailedClean", True),
        ("FAILED", "FailedDirty", False),
        ("FAILED", "States.Runtime", False),
        ("ABORTED", "", False),
        ("TIMED_OUT", "", False),
        ("RUNNING", "", False),
    ],
)
def test_after_a_drill_that_did_not_end_clean_the_rest_is_not_started(status, error, safe, shop):
    plan = shop.plan()
    shop.executions.end(simulations.arn("data-corruption"), status, error, "a table is left")
    look = shop.look(plan, "infrastructure-failure")
    assert look["safe"] is safe
    if not safe:
        assert f"the drill {ID}-data-corruption ended as" in look["words"]
    assert shop.look(plan, "data-corruption")["safe"]


def refuse(shop, refusing, code):
    """Let CloudWatch refuse the next look at alarms."""
    clients, refused = shop.clients, refusing(boto3.client("cloudwatch"), "describe_alarms", code)

    def given(service, *where):
        return refused if service == "cloudwatch" else clients(service, *where)

    shop.clients = given


@pytest.mark.parametrize("code", ["AccessDenied", "SomethingOdd"])
def test_what_cannot_be_looked_at_is_never_calm(code, shop, refusing):
    plan = shop.plan()
    refuse(shop, refusing, code)
    assert not shop.look(plan)["safe"]
    assert checks(shop)["alarms of dev"]["verdict"] == "ERROR"


def test_throttling_is_tried_again(shop, refusing):
    plan = shop.plan()
    refuse(shop, refusing, "Throttling")
    with pytest.raises(Throttled):
        shop.look(plan)


def test_it_keeps_how_the_scenario_was_announced(shop):
    shop.look(shop.plan(), untold={"Error": "SNS", "Cause": "no topic"})
    seen = json.loads(shop.object(f"simulations/{ID}/data-corruption/look.json"))
    assert seen["announced_at"] == "2026-11-02T03:09:58Z"
    assert seen["untold"].startswith("SNS: no topic")


def test_a_plan_that_was_changed_is_not_followed(shop):
    plan = shop.plan()
    shop.s3.put_object(Bucket=shop.bucket, Key=plan["plan_key"], Body=b"{}")
    with pytest.raises(AwsCallFailed, match="is not what was written there"):
        shop.look(plan)


def test_the_task_refuses_an_unknown_scenario():
    with pytest.raises(InvalidInput, match="scenario"):
        look_both_ways.handler({"scenario": "fire"}, None)
