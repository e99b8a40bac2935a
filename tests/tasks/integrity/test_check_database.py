"""The copy of a database passes where it is what it was made from, private, and as of the point."""

import boto3
import pytest
from databases import (
    COPY,
    INSTANCE,
    backend,
    database,
    make_cluster,
    make_instance,
    set_status,
    since,
)
from drill_documents import NOW, OWN, drill

from tasks.databases import restoring
from tasks.drills.clocks import instant
from tasks.integrity import check_database
from tasks.restore import restore_database


@pytest.fixture
def rds(aws):
    return boto3.client("rds")


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def checked(rds, ec2, state_table, dynamodb):
    """Restore a database, let something happen to the copy, and check it."""

    def call(type="rds_instance", change=lambda: None, place=None, **changes):
        component = database(type, **changes)
        step = restore_database.Restore(component, drill(), rds, rds)
        answer = {"done": False}
        while not answer["done"]:
            answer = step.go_on(NOW, table=state_table, dynamodb=dynamodb)
        change()
        request = {
            "component": component,
            "drill": drill(**(place or {})),
            "now": NOW,
            "copy": answer["copy"],
        }
        return check_database.check(request, rds, rds, ec2)

    return call


def failed(answer):
    return {one["name"] for one in answer["checks"] if one["verdict"] != "PASS"}


def of_copy(**fields):
    for name, value in fields.items():
        setattr(backend().databases[COPY], name, value)


@pytest.mark.parametrize(
    ("type", "make", "count"),
    [("rds_instance", make_instance, 10), ("aurora_cluster", make_cluster, 11)],
)
def test_a_true_copy_passes(rds, checked, type, make, count):
    make(rds)

    answer = checked(type)

    assert failed(answer) == set()
    assert len(answer["checks"]) == count
    assert answer["newest_record"] >= since(minutes=10)


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"engine": "mysql"}, "engine"),
        ({"engine_version": "9.6"}, "engine version"),
        ({"allocated_storage": 5}, "storage"),
        ({"publicly_accessible": True}, "public access"),
        ({"kms_key_id": "another-key"}, "key"),
        ({"status": "creating"}, "status"),
    ],
)
def test_what_is_otherwise_fails(rds, checked, fields, check):
    make_instance(rds)

    assert failed(checked(change=lambda: of_copy(**fields))) == {check}


def test_a_copy_of_an_encrypted_database_has_to_be_encrypted(rds, checked):
    make_instance(rds, StorageEncrypted=True)

    answer = checked(change=lambda: of_copy(storage_encrypted=False))

    assert "encryption" in failed(answer)


def test_in_another_region_the_key_is_another_one(rds, checked):
    make_instance(rds, StorageEncrypted=True)
    west = {"environment": "dr", "account": "", "target": {**OWN, "region": "us-west-2"}}

    answer = checked(change=lambda: of_copy(kms_key_id="of-the-west"), place={"target": west})

    assert failed(answer) == set()
    assert "key" not in {one["name"] for one in answer["checks"]}


def test_a_copy_whose_group_lets_the_internet_in_fails(rds, ec2, checked):
    make_instance(rds)
    group = ec2.create_security_group(GroupName="open", Description="open")["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp="0.0.0.0/0"
    )

    answer = checked(change=lambda: of_copy(vpc_security_group_ids=[group]))

    assert failed(answer) == {"open security groups"}


def test_a_cluster_whose_writer_is_down_fails(rds, checked):
    make_cluster(rds)

    answer = checked("aurora_cluster", lambda: set_status(f"{COPY}-writer", "rebooting"))

    assert failed(answer) == {"writer"}


def test_a_copy_that_is_gone_fails_and_is_no_error(rds, checked):
    make_instance(rds)

    answer = checked(
        change=lambda: rds.delete_db_instance(DBInstanceIdentifier=COPY, SkipFinalSnapshot=True)
    )

    (only,) = answer["checks"]
    assert (only["verdict"], only["observed"]) == ("FAIL", "not there")


def test_what_came_from_a_snapshot_is_compared_with_the_snapshot(rds, checked):
    make_instance(rds)
    rds.create_db_snapshot(DBInstanceIdentifier=INSTANCE, DBSnapshotIdentifier="daytwo-1-db")
    point = {"kind": "snapshot", "id": "daytwo-1-db", "at": "", "manifest_key": ""}
    # What was done to the source after its snapshot is no matter of the copy.
    rds.modify_db_instance(DBInstanceIdentifier=INSTANCE, AllocatedStorage=200)

    assert failed(checked(recovery_point=point)) == set()


def test_a_snapshot_that_is_older_than_planned_fails_and_is_not_taken_for_newer(rds, checked):
    make_instance(rds)
    rds.create_db_snapshot(DBInstanceIdentifier=INSTANCE, DBSnapshotIdentifier="daytwo-1-db")
    asked = since(hours=-1)
    point = {"kind": "snapshot", "id": "daytwo-1-db", "at": asked, "manifest_key": ""}

    answer = checked(recovery_point=point)

    assert failed(answer) == {"recovery point"}
    assert answer["newest_record"] < asked


def test_the_tag_of_a_snapshots_copy_says_when_its_data_are_of():
    snapshot = {
        "SnapshotCreateTime": instant("2026-11-02T04:00:00Z"),
        "TagList": [{"Key": "daytwo:taken-at", "Value": "2026-11-01T03:00:00Z"}],
    }

    assert restoring.taken_at(snapshot) == instant("2026-11-01T03:00:00Z")


def test_the_function_answers_by_its_schema(rds, state_table, checked):
    make_instance(rds)
    checked()
    copy = {
        "kind": "instance",
        "name": COPY,
        "arn": "",
        "endpoint": "",
        "port": 0,
        "members": [],
        "recovered_to": NOW,
        "snapshot": "",
    }

    request = {"component": database(), "drill": drill(), "now": NOW, "copy": copy}
    answer = check_database.handler(request, None)

    assert failed(answer) == set()
