"""A cluster is restored with a writer of its own, and another member takes its writes."""

import boto3
import pytest
from databases import make_cluster
from drilled_systems import manifest

CLUSTER = {"name": "login", "type": "aurora_cluster", "cluster": "shop-{environment}-login"}


@pytest.fixture
def shop(house):
    """A cluster of two in dev and one in prod, two hours old."""
    rds = boto3.client("rds")
    for environment in ("dev", "prod"):
        make_cluster(rds, f"shop-{environment}-login", BackupRetentionPeriod=7)
    scenarios = {"data-corruption": {}, "database-failover": {"opens": ["login"]}}
    house.register(manifest([CLUSTER], scenarios))
    house.clock.advance(7200)
    return house


def clusters():
    found = boto3.client("rds").describe_db_clusters()["DBClusters"]
    return {one["DBClusterIdentifier"]: one for one in found}


def writer():
    members = clusters()["shop-dev-login"]["DBClusterMembers"]
    return next(one["DBInstanceIdentifier"] for one in members if one["IsClusterWriter"])


def test_a_cluster_is_restored_with_a_writer_and_gone_again(shop):
    result = shop.drill("shop", "data-corruption", name="one")

    assert result.status == "SUCCEEDED", result.cause
    (component,) = shop.evidence("one")["components"]
    found = {check["name"]: check["verdict"] for check in component["checks"]}
    assert found["writer"] == "PASS"
    assert set(clusters()) == {"shop-dev-login", "shop-prod-login"}


def test_another_member_takes_the_writes_at_the_same_address(shop):
    before, address = writer(), clusters()["shop-dev-login"]["Endpoint"]

    result = shop.drill("shop", "database-failover", name="one")

    assert result.status == "SUCCEEDED", result.cause
    assert writer() != before
    assert clusters()["shop-dev-login"]["Endpoint"] == address
    assert shop.record("one")["rto_seconds"] > 0


def test_a_fail_over_in_vain_turns_it_red(shop):
    shop.account.weather["rds"].add("failover_in_vain")
    before = writer()

    result = shop.drill("shop", "database-failover", name="one")

    assert (result.status, result.error) == ("FAILED", "DrillFailed")
    assert writer() == before
