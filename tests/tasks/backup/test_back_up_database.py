"""A database gets one snapshot for each backup, which can be restored from when it is done."""

import boto3
import pytest
from backups import NOW, backup, component
from databases import make_cluster, make_instance
from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import rds_backends

from tasks.backup import back_up_database
from tasks.errors import BackupFailed, Throttled

NAME = "daytwo-20261102t030000-0000000a-ledger"
LEDGER = component("ledger", "rds_instance")
CLUSTER = component("ledger", "aurora_cluster", chain="database")


@pytest.fixture
def rds(aws):
    return boto3.client("rds")


@pytest.fixture
def back_up(rds):
    def call(part=LEDGER, client=rds, now=NOW):
        return back_up_database.back_up(backup(), part, now, client)

    return call


def known():
    return rds_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]


def test_an_instance_gets_a_snapshot_that_is_marked_as_daytwos(rds, back_up):
    make_instance(rds, LEDGER["resource"])

    first, second = back_up(), back_up()

    (made,) = rds.describe_db_snapshots(DBSnapshotIdentifier=NAME)["DBSnapshots"]
    tags = {tag["Key"]: tag["Value"] for tag in made["TagList"]}
    assert (first["done"], second["done"]) == (False, True)
    assert second["points"][0]["id"] == made["DBSnapshotArn"]
    assert second["points"][0]["size_bytes"] == 20 * 1024**3
    assert tags["daytwo:backup"] == "20261102t030000-0000000a"
    assert tags["daytwo:taken-at"] == NOW


def test_a_cluster_gets_one_as_well(rds, back_up):
    make_cluster(rds, LEDGER["resource"])

    back_up(CLUSTER)
    answer = back_up(CLUSTER)

    assert answer["done"]
    assert answer["points"][0]["id"].endswith(f":cluster-snapshot:{NAME}")


def test_a_second_delivery_takes_no_second_snapshot(rds, back_up, refusing):
    make_instance(rds, LEDGER["resource"])
    back_up()
    back_up()
    back_up(client=refusing(rds, "create_db_snapshot", "AccessDenied"))

    assert len(rds.describe_db_snapshots()["DBSnapshots"]) == 2  # moto takes one by itself


def test_what_a_restore_loses_is_kept_for_the_day_when_the_database_is_gone(rds, back_up):
    make_instance(rds, LEDGER["resource"], MultiAZ=True, StorageEncrypted=True)
    back_up()

    detail = back_up()["detail"]

    assert detail["settings"]["Multi-AZ"] is True
    assert (detail["engine"], detail["encrypted"]) == ("postgres", True)


def test_a_database_that_is_busy_is_waited_for(rds, back_up):
    make_instance(rds, LEDGER["resource"])
    known().databases[LEDGER["resource"]].status = "modifying"

    answer = back_up()

    assert (answer["done"], answer["state"]) == (False, "the DB instance is modifying")


def test_one_that_became_busy_meanwhile_is_waited_for_too(rds, back_up, refusing):
    make_instance(rds, LEDGER["resource"])

    answer = back_up(client=refusing(rds, "create_db_snapshot", "InvalidDBInstanceState"))

    assert answer["done"] is False


def test_a_snapshot_that_is_made_is_not_done(rds, back_up):
    make_instance(rds, LEDGER["resource"])
    back_up()
    known().database_snapshots[NAME].status = "creating"

    assert back_up()["done"] is False


def test_a_snapshot_that_failed_fails_the_backup(rds, back_up):
    make_instance(rds, LEDGER["resource"])
    back_up()
    known().database_snapshots[NAME].status = "failed"

    with pytest.raises(BackupFailed, match=f"{NAME} of {LEDGER['resource']} is in status failed"):
        back_up()


def test_a_database_that_is_not_there_is_no_backup(back_up):
    with pytest.raises(BackupFailed, match="There is no DB instance shop-prod-ledger"):
        back_up()


@pytest.mark.parametrize(
    ("code", "error"), [("Throttling", Throttled), ("SnapshotQuotaExceeded", BackupFailed)]
)
def test_what_rds_refuses_has_a_name(rds, back_up, refusing, code, error):
    make_instance(rds, LEDGER["resource"])

    with pytest.raises(error):
        back_up(client=refusing(rds, "create_db_snapshot", code))


def test_the_function_answers_by_its_schema(rds):
    make_instance(rds, LEDGER["resource"])
    request = {"backup": backup(), "component": LEDGER, "now": NOW}

    answers = [back_up_database.handler(request, None) for _ in range(2)]

    assert [one["done"] for one in answers] == [False, True]
