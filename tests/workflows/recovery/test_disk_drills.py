"""Volumes, instances and clusters are backed up and restored to copies; what is amiss turns red."""

import boto3
import pytest
from drill_house import Objects
from drilled_systems import make_database, manifest
from fleets import make_fleet
from house import ALICE
from interpreter import run
from volumes import make_volume, quarantine

from tasks.servers import instances, volumes
from workflows import backup

PARTS = [
    {"name": "disks", "type": "ebs_volumes", "tags": {"Name": "shop-{environment}-data"}},
    {"name": "hosts", "type": "instances", "tags": {"Name": "shop-{environment}-host"}},
    {"name": "db", "type": "rds_instance", "instance": "shop-{environment}-db"},
]
DISK, HOST = {"Name": "shop-prod-data"}, {"Name": "shop-prod-host"}
POLICY = {"environments": ["prod"], "backups": "rate(7 days)"}
HOUR = 3600


@pytest.fixture
def shop(house):
    """Two volumes, an instance and a database in prod, backed up an hour after they were made."""
    ec2 = house.ec2
    for _ in range(2):
        make_volume(ec2, tags=DISK)
    make_fleet(ec2, 1, HOST)
    (vpc,) = {one["VpcId"] for one in instances.selected(HOST, ec2).values()}
    quarantine(ec2, vpc)
    make_database()
    described = manifest(PARTS, {"data-corruption": {}})
    described["recovery"]["backups"] = POLICY
    house.register(described)
    house.clock.advance(HOUR)
    result = back_up(house)
    assert result.status == "SUCCEEDED", result.cause
    return house


def back_up(house):
    asked = {"system": "shop", "environment": "prod", "kind": "backups", "requested_by": ALICE}
    return run(
        backup.definition(),
        asked,
        house.tasks(),
        objects=Objects(),
        name="backup-1",
        timeout=60,
        clock=house.clock,
    )


def verdicts(house, drill):
    return {one["component"]: one["verdict"] for one in house.evidence(drill)["components"]}


def left(house, drill):
    """Name what a drill has not taken away again."""
    living = [
        name
        for name, one in instances.made(drill, house.ec2).items()
        if instances.state_of(one) in instances.ALIVE
    ]
    found = boto3.client("rds").describe_db_instances()["DBInstances"]
    databases = [one["DBInstanceIdentifier"] for one in found]
    return [
        *volumes.made(drill, house.ec2),
        *living,
        *(name for name in databases if name.startswith("drill-")),
    ]


def test_what_was_backed_up_comes_back_is_checked_and_gone_again(shop):
    result = shop.drill("shop", "data-corruption", name="one")

    assert result.status == "SUCCEEDED", result.cause
    assert verdicts(shop, "one") == {"disks": "PASS", "hosts": "PASS", "db": "PASS"}
    kinds = sorted(row["kind"] for row in shop.ledger("one"))
    assert kinds == ["database", "instance", "volume", "volume"]
    assert left(shop, "one") == []


def test_a_volume_without_a_backup_turns_it_red(shop):
    bare = make_volume(shop.ec2, tags=DISK)

    result = shop.drill("shop", "data-corruption", name="one", components=["disks"])

    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    (component,) = shop.evidence("one")["components"]
    (coverage,) = [check for check in component["checks"] if check["name"] == "coverage"]
    assert (coverage["verdict"], coverage["detail"]) == ("FAIL", bare)


@pytest.mark.parametrize("fault", ["volume_fails", "volume_hangs"])
def test_a_volume_that_does_not_come_turns_it_red_and_leaves_nothing(shop, fault):
    shop.weather.add(fault)

    result = shop.drill("shop", "data-corruption", name="one", components=["disks"])

    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert left(shop, "one") == []


def test_an_instance_that_does_not_come_up_turns_it_red_and_is_gone(shop):
    shop.weather.add("impaired")

    result = shop.drill("shop", "data-corruption", name="one", components=["hosts"])

    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert left(shop, "one") == []


def test_a_volume_that_cannot_be_deleted_needs_a_person(shop):
    (name, *_) = sorted(volumes.selected(DISK, shop.ec2))
    shop.weather.add("undeletable")

    result = shop.drill("shop", "data-corruption", name="one", components=["disks"])

    assert (result.status, result.error) == ("FAILED", "FailedDirty")
    assert any(one.endswith(name) for one in left(shop, "one"))
