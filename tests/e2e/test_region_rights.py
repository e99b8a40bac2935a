"""A Region fails over and comes back with the rights that each step declares, and no more."""

import time
import uuid

import pytest
from drill_documents import ID, drill
from failover import (
    ITEMS,
    PRIMARY,
    SECONDARY,
    SENTINEL,
    THERE,
    failover_record,
    record_set,
    told_table,
)
from rights import STATE

from tasks.drills import ledger

TURNED, LATER = "2099-01-01T00:00:00Z", "2099-01-01T00:05:00Z"
BEAT = "2098-12-31T23:58:00Z"
DRILL = drill(scenario="region-outage")


@pytest.fixture(scope="module")
def component(house):
    """A record that fails over, and the table with a replica that stands behind it."""
    route53, dynamodb = house.client("route53"), house.client("dynamodb")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
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
    item = {**SENTINEL, "daytwo_sentinel_at": {"S": BEAT}}
    dynamodb.put_item(TableName=ITEMS, Item=item)
    return failover_record(zone.rpartition("/")[2], told_table(freshest_seconds=300))


def until_done(call):
    for _ in range(100):
        answer = call()
        if answer["done"]:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"it did not get on: {answer}")


def green(answer):
    return {one["name"] for one in answer["checks"] if one["verdict"] == "PASS"}


def test_a_region_fails_over_and_comes_back(house, run, component):
    told = {"component": component, "drill": DRILL, "now": TURNED}
    turned = until_done(lambda: run("scenario.turn_health_check", told))
    row = turned["row"]
    assert row["detail"]["newest"] == BEAT
    routing = {**told, "since": TURNED}
    away = until_done(lambda: run("scenario.check_routing", {**routing, "expect": "secondary"}))
    assert green(away) == {"DNS answers with the secondary"}
    replica = run("scenario.check_replica", {**told, "failed_at": TURNED, "row": row})
    assert green(replica) == {"replica is active", "replica is fresh", "nothing is lost"}
    back = {"row": row, "now": LATER}
    assert until_done(lambda: run("scenario.turn_health_check_back", back))["proof"]
    home = until_done(lambda: run("scenario.check_routing", {**routing, "expect": "primary"}))
    assert green(home) == {"DNS answers with the primary"}
    (left,) = ledger.rows(ID, table=STATE, dynamodb=house.client("dynamodb"))
    assert left["status"] == "gone"
