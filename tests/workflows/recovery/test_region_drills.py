"""A Region is lost and the other one serves; what goes wrong turns the drill red."""

import uuid

import boto3
import pytest
from drilled_systems import manifest, stop
from failover import HERE, NAME, PRIMARY, SECONDARY, SENTINEL, THERE, record_set

from tasks.errors import AccessRefused

ITEMS = "shop-dev-items"
TABLE = {
    "name": "items",
    "type": "dynamodb_table",
    "table": "shop-{environment}-items",
    "sentinel": SENTINEL,
    "freshest_seconds": 600,
    "replica_region": THERE,
}


@pytest.fixture
def check(house):
    """A record that fails over, whose table has a replica in the other Region."""
    route53, dynamodb = boto3.client("route53"), boto3.client("dynamodb")
    made = route53.create_hosted_zone(Name="example.com", CallerReference="1")
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    check = route53.create_health_check(
        CallerReference=str(uuid.uuid4()),
        HealthCheckConfig={"Type": "HTTPS", "FullyQualifiedDomainName": "east.example.com"},
    )["HealthCheck"]["Id"]
    records = [
        record_set(PRIMARY, SetIdentifier="1", Failover="PRIMARY", HealthCheckId=check),
        record_set(SECONDARY, SetIdentifier="2", Failover="SECONDARY"),
    ]
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    dynamodb.create_table(
        TableName=ITEMS,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    replica = {"Create": {"RegionName": THERE}}
    dynamodb.update_table(TableName=ITEMS, ReplicaUpdates=[replica])
    entry = {
        "name": "entry",
        "type": "failover_record",
        "hosted_zone": zone,
        "record": NAME,
        "secondary_region": THERE,
        "table": "items",
        "environments": ["dev"],
    }
    scenario = {"opens": ["entry"], "components": ["entry"], "options": {"most_seconds": 300}}
    house.register(manifest([TABLE, entry], {"region-outage": scenario}))
    return check


@pytest.fixture
def beat(house, check):
    """Write the sentinel, as the heartbeat does."""

    def beat():
        at = house.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        item = {**SENTINEL, "daytwo_sentinel_at": {"S": at}}
        boto3.client("dynamodb", region_name=HERE).put_item(TableName=ITEMS, Item=item)

    beat()
    return beat


def inverted(check):
    found = boto3.client("route53").get_health_check(HealthCheckId=check)["HealthCheck"]
    return found["HealthCheckConfig"]["Inverted"]


def drill(house, **request):
    return house.drill("shop", "region-outage", name="one", **request)


@pytest.mark.parametrize("mode", ["graceful", "ungraceful"])
def test_a_region_fails_over_and_comes_back(house, check, beat, mode):
    house.account.weather["route53"].set(propagation=45)
    result = drill(house, mode=mode)
    assert result.status == "SUCCEEDED", result.cause
    assert not inverted(check)
    record = house.record("one")
    # 45 s to the checkers, and 60 s until resolvers forget.
    assert record["rto_seconds"] >= 105
    assert record["rpo_seconds"] >= 0
    (row,) = house.evidence("one")["cleanup"]
    assert (row["status"], row["kind"]) == ("gone", "health_check")
    assert "not inverted as before" in row["proof"]


def test_a_turn_that_never_gets_to_the_checkers_turns_it_red(house, check, beat):
    house.account.weather["route53"].add("stuck", times=1)
    result = drill(house)
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert house.record("one")["verdict"] == "FAIL"
    assert "DNS answers with the secondary" in result.cause
    assert not inverted(check)


def test_a_replica_that_lags_turns_an_ungraceful_drill_red(house, check, beat):
    house.account.weather["dynamodb"].set(replica_seconds=1200)
    house.clock.advance(900)
    beat()
    result = drill(house, mode="ungraceful")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert house.record("one")["verdict"] == "FAIL"
    assert not inverted(check)


def test_a_graceful_drill_waits_for_a_replica_that_lags(house, check, beat):
    house.account.weather["dynamodb"].set(replica_seconds=200)
    house.clock.advance(500)
    beat()
    result = drill(house, mode="graceful")
    assert result.status == "SUCCEEDED", result.cause
    assert house.record("one")["rpo_seconds"] >= 200


def test_a_primary_that_does_not_serve_is_not_drilled(house, check, beat):
    boto3.client("route53").update_health_check(HealthCheckId=check, Inverted=True)
    result = drill(house)
    assert result.status == "FAILED"
    assert "not by its primary" in result.cause
    assert inverted(check)


def test_a_stop_while_the_secondary_serves_turns_health_back(house, check, beat):
    plain = house.tasks()["scenario_turn_health_check"]

    def turn(document):
        turned = plain(document)
        stop(house, "one")
        return turned

    result = drill(house, tasks={"scenario_turn_health_check": turn})
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert "by bob" in result.cause
    assert not inverted(check)


def test_a_function_that_dies_after_its_work_turns_nothing_twice(house, check, beat):
    killed = house.killed("turn_health_check", family="scenario")
    result = drill(house, tasks=killed)
    assert result.status == "SUCCEEDED", result.cause
    assert not inverted(check)


def test_health_that_cannot_be_turned_back_needs_a_person(house, check, beat):
    def refuse(document):
        raise AccessRefused("route53:UpdateHealthCheck is not allowed")

    result = drill(house, tasks={"scenario_turn_health_check_back": refuse})
    assert (result.status, result.error) == ("FAILED", "FailedDirty")
    assert check in result.cause
    assert inverted(check)
