"""DB clusters are restored without instances, and fail over from writer to reader."""

import boto3
import pytest
from moto.rds.models import rds_backends

GONE = {"DBClusterIdentifier": "people", "SkipFinalSnapshot": True}


def members(see):
    return {
        each["DBInstanceIdentifier"]: each["IsClusterWriter"]
        for each in see("people", clustered=True)["DBClusterMembers"]
    }


def test_the_instances_of_a_cluster_stand_in_several_zones(rds, cluster, see):
    cluster()
    assert members(see) == {"people-1": True, "people-2": False}
    assert see("people-1")["AvailabilityZone"] != see("people-2")["AvailabilityZone"]
    assert see("people", clustered=True)["MultiAZ"] is True


def test_a_failover_makes_the_reader_the_writer(rds, cluster, see, weather, clock):
    weather.set(failing_over=30)
    cluster()
    before = see("people", clustered=True)
    rds.failover_db_cluster(DBClusterIdentifier="people")
    clock.advance(29)
    assert see("people", clustered=True)["Status"] == "failing-over"
    assert members(see) == {"people-1": True, "people-2": False}
    clock.advance(1)
    after = see("people", clustered=True)
    assert (after["Status"], after["Endpoint"]) == ("available", before["Endpoint"])
    assert members(see) == {"people-1": False, "people-2": True}
    told = rds.describe_events(SourceType="db-cluster", SourceIdentifier="people")["Events"]
    assert [each["Message"] for each in told] == [
        "Started cross AZ failover to DB instance: people-2",
        "Completed failover to DB instance: people-2",
    ]


def test_a_failover_goes_to_the_instance_that_is_named(rds, cluster, see):
    cluster(members=3)
    rds.failover_db_cluster(DBClusterIdentifier="people", TargetDBInstanceIdentifier="people-3")
    assert members(see) == {"people-1": False, "people-2": False, "people-3": True}


@pytest.mark.parametrize(
    "target, code",
    [("people-1", "InvalidDBInstanceState"), ("nobody", "DBInstanceNotFound")],
    ids=["the writer itself", "an instance that is not there"],
)
def test_a_failover_goes_to_a_reader_alone(rds, cluster, refused, target, code):
    cluster()
    call = rds.failover_db_cluster
    asked = {"DBClusterIdentifier": "people", "TargetDBInstanceIdentifier": target}
    assert refused(call, **asked) == code


def test_a_cluster_without_a_reader_cannot_fail_over(rds, cluster, refused):
    cluster(members=1)
    call = rds.failover_db_cluster
    assert refused(call, DBClusterIdentifier="people") == "InvalidDBClusterStateFault"


@pytest.mark.parametrize(
    "fault, status", [("failover_stuck", "failing-over"), ("failover_in_vain", "available")]
)
def test_a_failover_can_come_to_nothing(rds, cluster, see, weather, clock, fault, status):
    cluster()
    weather.add(fault, ids="people")
    rds.failover_db_cluster(DBClusterIdentifier="people")
    clock.advance(86_400)
    assert see("people", clustered=True)["Status"] == status
    assert members(see) == {"people-1": True, "people-2": False}


def test_a_cluster_goes_after_its_instances(rds, cluster, refused, weather, clock):
    weather.set(deleting=60)
    cluster()
    assert refused(rds.delete_db_cluster, **GONE) == "InvalidDBClusterStateFault"
    for number in (1, 2):
        rds.delete_db_instance(DBInstanceIdentifier=f"people-{number}")
    assert rds.delete_db_cluster(**GONE)["DBCluster"]["Status"] == "deleting"
    clock.advance(60)
    assert rds.describe_db_clusters()["DBClusters"] == []
    assert rds.describe_db_instances()["DBInstances"] == []


def test_a_cluster_leaves_the_last_snapshot_that_it_has_to_name(rds, cluster, refused):
    cluster(members=0)
    named = {"DBClusterIdentifier": "people"}
    assert refused(rds.delete_db_cluster, **named) == "InvalidParameterCombination"
    rds.delete_db_cluster(**named, FinalDBSnapshotIdentifier="last")
    assert rds.describe_db_clusters()["DBClusters"] == []
    reply = rds.describe_db_cluster_snapshots(SnapshotType="manual")
    assert [each["Status"] for each in reply["DBClusterSnapshots"]] == ["available"]


def test_what_was_being_deleted_when_all_was_forgotten_disturbs_nothing(
    rds, cluster, instance, weather, clock
):
    weather.set(deleting=60)
    cluster(members=0)
    instance()
    rds.delete_db_cluster(**GONE)
    rds.delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True)
    rds_backends["123456789012"]["us-east-1"].reset()
    clock.advance(60)
    assert rds.describe_db_instances()["DBInstances"] == []


def test_a_cluster_is_restored_without_instances_and_takes_one(
    rds, cluster, see, write, weather, clock
):
    arn = cluster(
        DeletionProtection=True,
        StorageEncrypted=True,
        EnableIAMDatabaseAuthentication=True,
        VpcSecurityGroupIds=["sg-0123456789abcdef0"],
        Tags=[{"Key": "system", "Value": "people"}],
    )["DBClusterArn"]
    write(arn, "create table people (name text)")
    write(arn, "insert into people values (:name)", name="first")
    clock.advance(301)
    write(arn, "insert into people values (:name)", name="too new")
    weather.set(creating=600)
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="copy",
        SourceDBClusterIdentifier="people",
        UseLatestRestorableTime=True,
    )
    assert see("copy", clustered=True)["Status"] == "creating"
    clock.advance(600)
    source, copy = see("people", clustered=True), see("copy", clustered=True)
    assert (copy["Status"], copy["DBClusterMembers"]) == ("available", [])
    for name in ("Engine", "EngineVersion", "BackupRetentionPeriod", "KmsKeyId", "MasterUsername"):
        assert copy[name] == source[name], name
    assert copy["DBClusterParameterGroup"] == "default.aurora-postgresql15"
    assert (copy["DeletionProtection"], copy["TagList"]) == (False, [])
    assert copy["IAMDatabaseAuthenticationEnabled"] is False
    assert copy["VpcSecurityGroups"] != source["VpcSecurityGroups"]
    rds.create_db_instance(
        DBInstanceIdentifier="copy-1",
        DBClusterIdentifier="copy",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r6g.large",
    )
    assert see("copy-1")["DBInstanceStatus"] == "creating"
    clock.advance(600)
    assert see("copy-1")["DBInstanceStatus"] == "available"
    assert copy["HttpEndpointEnabled"] is False
    rds.modify_db_cluster(DBClusterIdentifier="copy", EnableHttpEndpoint=True)
    assert see("copy", clustered=True)["HttpEndpointEnabled"] is True
    assert write(copy["DBClusterArn"], "select name from people") == [["first"]]


def test_a_parameter_group_has_to_be_there(rds, cluster, refused):
    cluster()
    call = rds.modify_db_cluster
    asked = {"DBClusterIdentifier": "people", "DBClusterParameterGroupName": "strict"}
    assert refused(call, **asked) == "DBClusterParameterGroupNotFound"
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="strict",
        DBParameterGroupFamily="aurora-postgresql15",
        Description="strict",
    )
    rds.modify_db_cluster(**asked)


def test_a_cluster_is_restored_from_its_snapshot_in_another_region(rds, cluster, see, write, clock):
    arn = cluster()["DBClusterArn"]
    write(arn, "create table people (name text)")
    taken = rds.create_db_cluster_snapshot(
        DBClusterIdentifier="people", DBClusterSnapshotIdentifier="weekly"
    )["DBClusterSnapshot"]
    see("people", clustered=True)
    clock.advance(1)
    write(arn, "drop table people")
    west = boto3.client("rds", region_name="us-west-2")
    west.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=taken["DBClusterSnapshotArn"],
        TargetDBClusterSnapshotIdentifier="weekly",
        SourceRegion="us-east-1",
    )
    west.describe_events()
    copy = west.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="copy", SnapshotIdentifier="weekly", Engine="aurora-postgresql"
    )["DBCluster"]
    west.describe_events()
    west.modify_db_cluster(DBClusterIdentifier="copy", EnableHttpEndpoint=True)
    assert write(copy["DBClusterArn"], "select * from people") == []
