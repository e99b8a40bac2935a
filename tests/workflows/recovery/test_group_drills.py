"""A group loses a zone or a member, and comes back; whatever happens, it gets its zone again."""

import boto3
import pytest
from drilled_systems import make_group, manifest, stop

from tasks.drills import groups

GROUP = {"name": "web", "type": "auto_scaling_group", "group": "shop-{environment}-web"}
OPENED = {"opens": ["web"]}


@pytest.fixture
def shop(house):
    """A group of three in three zones, opened to both scenarios; gives it as AWS describes it."""
    make_group()
    scenarios = {"az-failure": OPENED, "instance-replacement": OPENED}
    house.register(manifest([{**GROUP, "least_in_service": 2}], scenarios))
    return lambda: groups.find("shop-dev-web", boto3.client("autoscaling"))


def checks(house, drill):
    (component,) = house.evidence(drill)["components"]
    return {check["name"]: check["verdict"] for check in component["checks"]}


def test_a_group_serves_without_a_zone_and_then_in_it_again(house, shop):
    before = groups.subnets(shop())
    result = house.drill("shop", "az-failure", name="one")
    assert result.status == "SUCCEEDED", result.cause
    assert groups.subnets(shop()) == before
    found = checks(house, "one")
    assert found["the zone serves again"] == "PASS"
    assert found["least in service"] == "PASS"
    assert house.record("one")["verdict"] == "PASS"
    assert [row["status"] for row in house.ledger("one")] == ["gone"]


def test_fewer_in_service_than_the_manifest_allows_turn_it_red(house, shop):
    house.register(
        manifest(
            [{**GROUP, "least_in_service": 3}],
            {"az-failure": OPENED, "instance-replacement": OPENED},
        )
    )
    slow = house.account.weather["elbv2"]
    slow.set(initial=60)
    house.clock.advance(3600)
    result = house.drill("shop", "az-failure", name="one")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert checks(house, "one")["least in service"] == "FAIL"
    assert house.record("one")["verdict"] == "FAIL"


def test_a_member_that_fails_is_replaced_within_the_objective(house, shop):
    before = {one["InstanceId"] for one in shop()["Instances"]}
    result = house.drill("shop", "instance-replacement", name="one")
    assert result.status == "SUCCEEDED", result.cause
    after = {one["InstanceId"] for one in shop()["Instances"]}
    assert len(before & after) == 2
    assert house.record("one")["rto_seconds"] > 0


def test_a_drill_that_is_stopped_gives_back_what_it_took(house, shop):
    before = groups.subnets(shop())
    house.account.weather["elbv2"].set(initial=600)
    plain = house.tasks()["scenario_take_zone_away"]

    def take(document):
        taken = plain(document)
        stop(house, "one")
        return taken

    result = house.drill("shop", "az-failure", name="one", tasks={"scenario_take_zone_away": take})
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert "by bob: enough" in result.cause
    assert groups.subnets(shop()) == before
    assert house.record("one")["verdict"] == "ERROR"


def test_a_red_stop_alarm_ends_the_drill(house, shop):
    alarms = boto3.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="shop-dev-customers",
        MetricName="Errors",
        Namespace="shop",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    scenarios = {"az-failure": {**OPENED, "stop_alarms": ["shop-{environment}-customers"]}}
    house.register(manifest([GROUP], scenarios))
    plain = house.tasks()["scenario_take_zone_away"]

    def take(document):
        taken = plain(document)
        reason = {"StateValue": "ALARM", "StateReason": "customers complain"}
        alarms.set_alarm_state(AlarmName="shop-dev-customers", **reason)
        return taken

    before = groups.subnets(shop())
    result = house.drill("shop", "az-failure", name="one", tasks={"scenario_take_zone_away": take})
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert "shop-dev-customers" in result.cause
    assert groups.subnets(shop()) == before


def test_a_function_that_dies_after_its_work_takes_nothing_twice(house, shop):
    killed = house.killed("take_zone_away", family="scenario")
    result = house.drill("shop", "az-failure", name="one", tasks=killed)
    assert result.status == "SUCCEEDED", result.cause
    assert len(house.ledger("one")) == 1
