"""The copy of a database is gone when RDS knows nothing of it any more, and not before."""

import boto3
import pytest
from databases import (
    CLUSTER,
    COPY,
    INSTANCE,
    database,
    make_cluster,
    make_instance,
    set_status,
)
from drill_documents import ID, NOW, OWN, drill

from tasks.drills import ledger
from tasks.errors import AccessRefused, NotACopy
from tasks.restore import remove_database, restore_database


@pytest.fixture
def rds(aws):
    return boto3.client("rds")


@pytest.fixture
def restored(rds, state_table, dynamodb):
    """Restore the system's database, of either kind."""

    def call(type="rds_instance"):
        (make_cluster if type == "aurora_cluster" else make_instance)(rds)
        step = restore_database.Restore(database(type), drill(), rds, rds)
        while not step.go_on(NOW, table=state_table, dynamodb=dynamodb)["done"]:
            pass

    return call


@pytest.fixture
def remove(rds, state_table, dynamodb):
    def call(client=rds, **changes):
        row = {**the_row(state_table, dynamodb), **changes}
        return remove_database.remove(row, NOW, client, state_table, dynamodb)

    return call


def the_row(table, dynamodb):
    return ledger.plan(
        ID, "database", COPY, component="db", target=OWN, now=NOW, table=table, dynamodb=dynamodb
    )


def names(rds):
    return sorted(
        [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]
        + [one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]]
    )


def test_an_instance_is_deleted_and_then_seen_to_be_gone(rds, restored, remove):
    restored()

    first, second = remove(), remove()

    assert (first["done"], first["proof"]) == (False, "")
    assert second["done"]
    assert f"know neither {COPY}" in second["proof"]
    assert names(rds) == [INSTANCE]


def test_the_ledger_is_struck_out_only_when_it_is_gone(restored, remove, state_table, dynamodb):
    restored()

    remove()
    (going,) = ledger.rows(ID, table=state_table, dynamodb=dynamodb)
    remove()
    (gone,) = ledger.rows(ID, table=state_table, dynamodb=dynamodb)

    assert (going["status"], gone["status"], gone["gone_at"]) == ("planned", "gone", NOW)


def test_of_a_cluster_the_instances_go_first(rds, restored, remove):
    restored("aurora_cluster")

    remove()
    assert COPY in names(rds)
    remove()
    assert names(rds) == sorted([CLUSTER, f"{CLUSTER}-0", f"{CLUSTER}-1"])
    assert remove()["done"]


def test_what_was_planned_and_never_made_is_gone_as_well(remove):
    assert remove()["done"]


def test_a_copy_that_is_being_deleted_is_not_deleted_again(restored, remove, refusing, rds):
    restored()
    set_status(COPY, "deleting")

    answer = remove(refusing(rds, "delete_db_instance", "AccessDenied"))

    assert (answer["done"], answer["state"]) == (False, f"{COPY} deleting")


def test_a_copy_that_is_busy_is_asked_again(restored, remove, refusing, rds):
    restored()

    assert remove(refusing(rds, "delete_db_instance", "InvalidDBInstanceState"))["done"] is False
    assert COPY in names(rds)


def test_protection_that_a_copy_has_is_taken_off(restored, remove, rds):
    restored()
    rds.modify_db_instance(DBInstanceIdentifier=COPY, DeletionProtection=True)

    remove()

    assert remove()["done"]


def test_a_deletion_that_is_refused_is_told(restored, remove, refusing, rds):
    restored()

    with pytest.raises(AccessRefused):
        remove(refusing(rds, "delete_db_instance", "AccessDenied"))


@pytest.mark.parametrize("name", [INSTANCE, "drilling-prod-db", f"x-{COPY}"])
def test_nothing_but_a_drills_copy_is_deleted(rds, remove, name):
    make_instance(rds)

    with pytest.raises(NotACopy):
        remove(name=name)
    assert INSTANCE in names(rds)


def test_another_drills_copy_is_not_deleted(rds, restored, remove):
    restored()

    with pytest.raises(NotACopy, match=f"names {ID}"):
        remove(drill="monthly-2")
    assert COPY in names(rds)


def test_the_function_answers_by_its_schema(restored, state_table, dynamodb):
    restored()
    row = the_row(state_table, dynamodb)

    answers = [remove_database.handler({"row": row, "now": NOW}, None) for _ in range(2)]

    assert [one["done"] for one in answers] == [False, True]
