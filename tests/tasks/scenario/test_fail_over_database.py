"""A database fails over once for each drill, and only where somebody can take over."""

import boto3
import pytest
from databases import make_cluster, make_instance
from drill_documents import NOW, component, drill
from weather import weathered

from infra.local import rds as part
from infra.local.rds.weather import FAILOVER_IN_VAIN, FAILOVER_STUCK
from tasks.drills.folders import Folder
from tasks.errors import DrillRefused, Throttled, Unavailable
from tasks.scenario import check_fail_over, fail_over_database

INSTANCE, CLUSTER = "financial-dev-db", "keycloak-dev"
LATER = "2026-11-02T04:02:00Z"
TYPES = {"rds_instance": INSTANCE, "aurora_cluster": CLUSTER}


def opened(type="rds_instance", **options):
    """Give a database that the scenario may disturb."""
    return component(
        "db",
        type=type,
        chain="database_failover",
        resource=TYPES[type],
        copy="",
        recovery_point={"kind": "none", "id": "", "at": "", "manifest_key": ""},
        options=options,
    )


DRILL = drill(scenario="database-failover")


@pytest.fixture
def account(aws):
    with weathered(part) as account:
        yield account


@pytest.fixture
def weather(account):
    return account.weather["rds"]


@pytest.fixture
def rds(account):
    return boto3.client("rds")


@pytest.fixture
def fail_over(rds, s3, evidence_bucket):
    def call(part=None, now=NOW, client=rds):
        folder = Folder(DRILL, "db", evidence_bucket, s3)
        return fail_over_database.fail_over(part or opened(), now, client, folder)

    return call


@pytest.fixture
def check(rds):
    def call(answer, part=None, now=LATER):
        request = {"component": part or opened(), "drill": DRILL, "now": now}
        return check_fail_over.check({**request, "before": answer["before"]}, rds)

    return call


def zone(rds):
    (found,) = rds.describe_db_instances(DBInstanceIdentifier=INSTANCE)["DBInstances"]
    return found["AvailabilityZone"]


def verdicts(answer):
    return {one["name"]: one["verdict"] for one in answer["checks"]}


def test_an_instance_serves_from_its_other_zone_at_the_same_address(rds, fail_over, check):
    make_instance(rds, INSTANCE, MultiAZ=True)
    before = zone(rds)

    asked = fail_over()
    answer = check(asked)

    assert asked["t0"] == asked["before"]["asked_at"] == NOW
    assert zone(rds) != before == asked["before"]["zone"]
    assert (answer["done"], answer["serving"], answer["newest_record"]) == (True, True, NOW)
    assert set(verdicts(answer).values()) == {"PASS"}
    assert set(verdicts(answer)) == {"zone", "status", "serving", "endpoint", "standby"}


def test_a_cluster_has_another_writer(rds, fail_over, check):
    make_cluster(rds, CLUSTER)
    part = opened("aurora_cluster")

    asked = fail_over(part)
    answer = check(asked, part)

    assert asked["before"]["writer"] == f"{CLUSTER}-0"
    assert (answer["done"], answer["moved"]) == (True, True)
    assert verdicts(answer)["writer"] == "PASS"


def test_it_is_not_done_while_rds_is_at_it(account, weather, rds, fail_over, check):
    make_instance(rds, INSTANCE, MultiAZ=True)
    weather.set(rebooting=60, failing_over=60)

    asked = fail_over()
    early = check(asked)
    account.clock.advance(120)
    late = check(asked)

    assert (early["done"], early["serving"], early["checks"]) == (False, False, [])
    assert (late["done"], late["serving"]) == (True, True)


def test_a_second_delivery_fails_nothing_over_again(rds, fail_over):
    make_instance(rds, INSTANCE, MultiAZ=True)
    first = fail_over()
    after = zone(rds)

    second = fail_over(now=LATER)

    assert second == first
    assert zone(rds) == after


def test_a_call_that_was_lost_is_made_again_and_counts_from_the_first(rds, fail_over, refusing):
    make_instance(rds, INSTANCE, MultiAZ=True)
    before = zone(rds)
    with pytest.raises(Throttled):
        fail_over(client=refusing(rds, "reboot_db_instance", "Throttling"))

    answer = fail_over(now=LATER)

    assert (answer["t0"], answer["before"]["zone"]) == (NOW, before)
    assert zone(rds) != before


def test_a_database_that_is_busy_since_is_looked_at_again(rds, fail_over, refusing):
    make_instance(rds, INSTANCE, MultiAZ=True)

    with pytest.raises(Unavailable):
        fail_over(client=refusing(rds, "reboot_db_instance", "InvalidDBInstanceState"))


@pytest.mark.parametrize("fault", [FAILOVER_STUCK, FAILOVER_IN_VAIN])
def test_a_failover_that_does_not_come_is_waited_for_and_then_fails(
    weather, rds, fail_over, check, fault
):
    make_instance(rds, INSTANCE, MultiAZ=True)
    weather.add(fault, ids=INSTANCE)
    part = opened(most_seconds=600)

    asked = fail_over(part)
    early, late = check(asked, part), check(asked, part, "2026-11-02T04:10:00Z")

    assert (early["done"], early["serving"]) == (False, False)
    assert (late["done"], late["serving"], late["newest_record"]) == (True, False, "")
    assert verdicts(late)["zone"] == "FAIL"


def test_an_instance_without_a_second_zone_is_refused_and_left_alone(rds, fail_over):
    make_instance(rds, INSTANCE)
    before = zone(rds)

    with pytest.raises(DrillRefused, match=f"{INSTANCE} has no standby .* switch Multi-AZ on"):
        fail_over()
    assert zone(rds) == before


def test_a_cluster_of_one_is_refused(rds, fail_over):
    make_cluster(rds, CLUSTER, members=1)

    with pytest.raises(DrillRefused, match="add a reader first"):
        fail_over(opened("aurora_cluster"))


def test_a_database_that_does_not_serve_is_refused(weather, rds, fail_over):
    make_instance(rds, INSTANCE, MultiAZ=True)
    weather.set(rebooting=600)
    rds.reboot_db_instance(DBInstanceIdentifier=INSTANCE)

    with pytest.raises(DrillRefused, match="is in status rebooting: wait"):
        fail_over()


def test_what_is_not_there_is_refused(fail_over):
    with pytest.raises(DrillRefused, match=f"There is no DB instance {INSTANCE}"):
        fail_over()


def test_the_functions_answer_by_their_schemas(rds, state_table, evidence_bucket):
    make_instance(rds, INSTANCE, MultiAZ=True)
    request = {"component": opened(), "drill": DRILL, "now": NOW}

    asked = fail_over_database.handler(request, None)
    answer = check_fail_over.handler({**request, "before": asked["before"]}, None)

    assert answer["done"]
