"""A database is restored to a copy and fails over; what goes wrong turns the drill red."""

import boto3
import pytest
from drilled_systems import make_database, manifest

DATABASE = {"name": "db", "type": "rds_instance", "instance": "shop-{environment}-db"}


@pytest.fixture
def shop(house):
    """A database in dev and one in prod, two hours old."""
    make_database("shop-dev-db")
    make_database("shop-prod-db", DeletionProtection=True)
    scenarios = {"data-corruption": {}, "database-failover": {"opens": ["db"]}}
    house.register(manifest([DATABASE], scenarios))
    house.clock.advance(7200)


@pytest.fixture
def weather(house, shop):
    return house.account.weather["rds"]


def names():
    found = boto3.client("rds").describe_db_instances()["DBInstances"]
    return {one["DBInstanceIdentifier"] for one in found}


def test_a_database_is_restored_checked_and_gone_again(house, shop):
    result = house.drill("shop", "data-corruption", name="one")
    assert result.status == "SUCCEEDED", result.cause
    assert names() == {"shop-dev-db", "shop-prod-db"}
    record = house.record("one")
    assert record["restore_seconds"] > 0
    assert record["rto_seconds"] == -1
    (row,) = house.evidence("one")["cleanup"]
    assert (row["status"], row["kind"]) == ("gone", "database")
    assert row["proof"].startswith("DescribeDBInstances")


def test_a_restore_that_never_finishes_turns_it_red_and_is_cleaned_up(house, weather):
    weather.add("never_restored")
    result = house.drill("shop", "data-corruption", name="one")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert house.record("one")["verdict"] == "ERROR"
    assert names() == {"shop-dev-db", "shop-prod-db"}


def test_a_restore_that_rds_gives_up_turns_it_red(house, weather):
    weather.add("restore_failed")
    result = house.drill("shop", "data-corruption", name="one")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert "RestoreFailed" in result.cause
    assert names() == {"shop-dev-db", "shop-prod-db"}


def test_a_log_that_ends_long_ago_turns_it_red(house, weather):
    house.clock.advance(3 * 24 * 3600)
    weather.add("stale")
    result = house.drill("shop", "data-corruption", name="one")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert house.record("one")["verdict"] == "FAIL"
    assert "RPO" in result.cause


def test_a_setting_that_does_not_come_back_turns_it_red(house, weather):
    weather.add("setting_lost", types="MultiAZ")
    result = house.drill("shop", "data-corruption", name="one")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert house.record("one")["verdict"] == "FAIL"
    assert "Multi-AZ" in str(house.evidence("one")["components"])
    assert names() == {"shop-dev-db", "shop-prod-db"}


def test_a_copy_that_cannot_be_deleted_needs_a_person(house, weather):
    weather.add("undeletable")
    result = house.drill("shop", "data-corruption", name="one")
    assert (result.status, result.error) == ("FAILED", "FailedDirty")
    assert house.record("one")["status"] == "dirty"
    (left,) = names() - {"shop-dev-db", "shop-prod-db"}
    assert left.startswith("drill-")
    assert left in result.cause


def test_a_database_fails_over_to_its_standby(house, shop):
    before = zone()
    result = house.drill("shop", "database-failover", name="one")
    assert result.status == "SUCCEEDED", result.cause
    assert zone() != before
    assert house.record("one")["rto_seconds"] > 0


def test_a_fail_over_that_never_ends_turns_it_red(house, weather):
    weather.add("failover_stuck")
    result = house.drill("shop", "database-failover", name="one")
    assert (result.status, result.error) == ("FAILED", "DrillFailed")


def zone():
    found = boto3.client("rds").describe_db_instances(DBInstanceIdentifier="shop-dev-db")
    return found["DBInstances"][0]["AvailabilityZone"]
