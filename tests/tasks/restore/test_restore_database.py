"""A database is restored to a copy that is the drill's own, once, however often it is asked."""

import boto3
import pytest
from databases import (
    CLUSTER,
    COPY,
    INSTANCE,
    backend,
    database,
    make_cluster,
    make_instance,
    set_status,
    since,
)
from drill_documents import ID, NOW, drill

from tasks import store
from tasks.drills import ledger
from tasks.errors import (
    AccessRefused,
    DrillStopped,
    NotACopy,
    NothingToRestore,
    RestoreFailed,
    Throttled,
)
from tasks.restore import restore_database

WRITER = f"{COPY}-writer"


@pytest.fixture
def rds(aws):
    return boto3.client("rds")


@pytest.fixture
def restore(rds, state_table, dynamodb):
    """Make one call of the step; the clients may be others."""

    def call(component=None, now=NOW, source=rds, target=rds, **changes):
        step = restore_database.Restore(component or database(), drill(**changes), source, target)
        return step.go_on(now, table=state_table, dynamodb=dynamodb)

    return call


def copies(rds):
    return [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]][1:]


def snapshot_of(rds, name=INSTANCE):
    rds.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier="daytwo-1-db")
    return {"kind": "snapshot", "id": "daytwo-1-db", "at": "", "manifest_key": ""}


def test_an_instance_is_restored_to_the_end_of_its_log(rds, restore):
    make_instance(rds)

    first, second = restore(), restore()

    assert (first["done"], first["state"]) == (False, "creating")
    assert (second["done"], second["copy"]["name"]) == (True, COPY)
    assert second["copy"]["endpoint"].startswith(COPY)
    assert second["newest_record"] == first["newest_record"] >= since(minutes=10)


def test_the_copy_is_asked_for_as_private_single_and_the_drills(rds, restore):
    make_instance(rds, MultiAZ=True, PubliclyAccessible=True, DeletionProtection=True)
    asked = []
    rds.meta.events.register(
        "provide-client-params.rds.RestoreDBInstanceToPointInTime",
        lambda params, **_: asked.append(params),
    )

    restore()

    (request,) = asked
    tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    refused = ("PubliclyAccessible", "MultiAZ", "DeletionProtection")
    assert [request[name] for name in refused] == [False] * 3
    assert request["DBInstanceClass"] == "db.t3.medium"
    assert tags == {"daytwo:drill": ID, "daytwo:drill-copy": COPY}


def test_a_row_of_the_ledger_is_written_before_the_restore(rds, restore, refusing, dynamodb):
    make_instance(rds)
    denied = refusing(rds, "restore_db_instance_to_point_in_time", "AccessDenied")

    with pytest.raises(AccessRefused):
        restore(target=denied)

    (row,) = ledger.rows(ID, table="daytwo-state", dynamodb=dynamodb)
    assert (row["kind"], row["name"], row["status"]) == ("database", COPY, "planned")
    assert copies(rds) == []


def test_a_second_delivery_makes_no_second_copy_and_keeps_the_first_moment(rds, restore):
    make_instance(rds)
    first = restore(now="2026-11-02T03:00:00Z")
    backend().databases[COPY].status = "creating"

    again = restore(now="2026-11-02T05:00:00Z")

    assert (again["done"], again["state"]) == (False, "creating")
    assert again["newest_record"] == first["newest_record"]
    assert copies(rds) == [COPY]


def test_a_copy_that_another_delivery_has_begun_meanwhile_is_as_good(rds, restore, refusing):
    make_instance(rds)
    raced = refusing(rds, "restore_db_instance_to_point_in_time", "DBInstanceAlreadyExists")

    assert restore(target=raced)["done"] is False


def test_a_moment_within_the_log_is_where_the_copy_is_as_of(rds, restore):
    make_instance(rds)
    at = since(hours=-1, minutes=62)
    point = {"kind": "pitr", "id": "", "at": at, "manifest_key": ""}

    assert restore(database(recovery_point=point))["newest_record"] == at


def test_a_moment_after_the_logs_end_cannot_be_restored(rds, restore):
    make_instance(rds)
    point = {"kind": "pitr", "id": "", "at": since(hours=-2), "manifest_key": ""}

    with pytest.raises(NothingToRestore, match="can be restored"):
        restore(database(recovery_point=point))


def test_a_source_that_is_gone_or_keeps_no_log_cannot_be_restored(restore):
    with pytest.raises(NothingToRestore, match=f"no {INSTANCE} to restore"):
        restore()


def test_a_source_without_a_log_says_what_to_do():
    with pytest.raises(NothingToRestore, match="set its backup retention"):
        restore_database.restoring.recovered_to(database(), {"Engine": "postgres"}, None)


def test_an_instance_is_restored_from_its_snapshot_even_when_it_is_gone(rds, restore):
    make_instance(rds)
    point = snapshot_of(rds)
    rds.delete_db_instance(DBInstanceIdentifier=INSTANCE, SkipFinalSnapshot=True)

    restore(database(recovery_point=point))

    done = restore(database(recovery_point=point))
    assert (done["done"], done["copy"]["snapshot"]) == (True, "daytwo-1-db")


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def test_a_snapshot_may_be_named_by_its_arn_wherever_it_was_copied_from(rds, restore, region):
    make_instance(rds)
    point = snapshot_of(rds)
    named = f"arn:aws:rds:{region}:123456789012:snapshot:{point['id']}"

    restore(database(recovery_point={**point, "id": named}))

    assert copies(rds) == [COPY]


def test_a_snapshot_that_is_not_there_is_nothing_to_restore(rds, restore):
    make_instance(rds)
    point = {"kind": "snapshot", "id": "daytwo-9-db", "at": "", "manifest_key": ""}

    with pytest.raises(NothingToRestore):
        restore(database(recovery_point=point))


def test_a_cluster_gets_a_writer_of_the_sources_class(rds, restore):
    make_cluster(rds)
    cluster = database("aurora_cluster")

    states = [restore(cluster) for _ in range(3)]

    (writer,) = rds.describe_db_instances(DBInstanceIdentifier=WRITER)["DBInstances"]
    assert [one["done"] for one in states] == [False, False, True]
    assert (writer["DBInstanceClass"], writer["PubliclyAccessible"]) == ("db.r6g.large", False)
    assert states[-1]["copy"]["members"] == [WRITER]


def test_the_writer_has_the_parameters_of_the_sources_writer(rds, restore):
    rds.create_db_parameter_group(
        DBParameterGroupName="keycloak-tuned",
        DBParameterGroupFamily="aurora-postgresql15",
        Description="-",
    )
    make_cluster(rds)
    rds.modify_db_instance(
        DBInstanceIdentifier=f"{CLUSTER}-0", DBParameterGroupName="keycloak-tuned"
    )
    asked = []
    rds.meta.events.register(
        "provide-client-params.rds.CreateDBInstance", lambda params, **_: asked.append(params)
    )
    for _ in range(2):
        restore(database("aurora_cluster"))

    assert [one["DBParameterGroupName"] for one in asked] == ["keycloak-tuned"]


def test_a_cluster_comes_back_from_its_snapshot(rds, restore):
    make_cluster(rds)
    made = rds.create_db_cluster_snapshot(
        DBClusterIdentifier=CLUSTER, DBClusterSnapshotIdentifier="daytwo-1-db"
    )
    arn = made["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    point = {"kind": "snapshot", "id": arn, "at": "", "manifest_key": ""}
    component = database("aurora_cluster", recovery_point=point)

    assert [restore(component)["done"] for _ in range(3)] == [False, False, True]


def test_a_cluster_is_not_done_before_its_writer_is(rds, restore):
    make_cluster(rds)
    cluster = database("aurora_cluster")
    restore(cluster)
    restore(cluster)
    set_status(WRITER, "creating")

    assert restore(cluster)["state"] == "writer creating"


@pytest.mark.parametrize("status", ["restore-error", "incompatible-network", "failed"])
def test_a_restore_that_rds_gives_up_says_so(rds, restore, status):
    make_instance(rds)
    restore()
    set_status(COPY, status)

    with pytest.raises(RestoreFailed, match=f"{COPY} is in status {status}"):
        restore()


def test_a_database_of_that_name_that_is_not_the_drills_is_left_alone(rds, restore):
    make_instance(rds)
    make_instance(rds, COPY)

    with pytest.raises(NotACopy, match="names nobody"):
        restore()


def test_a_name_without_the_drills_prefix_is_never_made(rds, restore):
    make_instance(rds)

    with pytest.raises(NotACopy):
        restore({**database(), "copy": "financial-prod-db-2"})
    assert copies(rds) == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("Throttling", Throttled),
        ("InsufficientDBInstanceCapacity", RestoreFailed),
        ("KMSKeyNotAccessibleFault", RestoreFailed),
        ("PointInTimeRestoreNotEnabled", NothingToRestore),
    ],
)
def test_what_rds_refuses_has_a_name(rds, restore, refusing, code, error):
    make_instance(rds)

    with pytest.raises(error):
        restore(target=refusing(rds, "restore_db_instance_to_point_in_time", code))


def test_a_drill_that_was_stopped_restores_nothing(rds, state_table, dynamodb):
    make_instance(rds)
    stopped = {**store.drill(ID), "stop": "by alice"}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(stopped))

    with pytest.raises(DrillStopped):
        restore_database.handler({"component": database(), "drill": drill(), "now": NOW}, None)
    assert copies(rds) == []


def test_the_function_answers_by_its_schema(rds, state_table):
    make_instance(rds)

    answer = restore_database.handler({"component": database(), "drill": drill(), "now": NOW}, None)

    assert answer["copy"]["kind"] == "instance"
