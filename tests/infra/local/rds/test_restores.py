"""Restores keep to their moment, and lose what AWS loses."""

from datetime import timedelta

import boto3
import pytest

CREATE = "create table orders (id text)"
INSERT = "insert into orders values (:id)"
SELECT = "select id from orders order by id"


def restore(rds, to=None, **asked):
    when = {"RestoreTime": to} if to else {"UseLatestRestorableTime": True}
    return rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="orders", TargetDBInstanceIdentifier="copy", **when, **asked
    )["DBInstance"]


def test_the_log_ends_five_minutes_ago_and_begins_with_the_retention(instance, see, clock):
    instance(BackupRetentionPeriod=1)
    made = clock.now()
    assert see("orders")["LatestRestorableTime"] == made
    clock.advance(3600)
    assert see("orders")["LatestRestorableTime"] == clock.now() - timedelta(minutes=5)


def test_the_automated_backup_tells_the_window(rds, instance, clock):
    instance(BackupRetentionPeriod=1)
    clock.advance(10 * 86_400)
    (backup,) = rds.describe_db_instance_automated_backups(DBInstanceIdentifier="orders")[
        "DBInstanceAutomatedBackups"
    ]
    assert backup["RestoreWindow"] == {
        "EarliestTime": clock.now() - timedelta(days=1),
        "LatestTime": clock.now() - timedelta(minutes=5),
    }


def test_an_instance_is_restored_with_what_was_in_it_at_that_second(
    rds, instance, see, write, clock
):
    source = instance()["DBInstanceArn"]
    write(source, CREATE)
    for each in ("first", "second", "third"):
        clock.advance(1)
        write(source, INSERT, id=each)
    second = clock.now() - timedelta(seconds=1)
    clock.advance(600)
    copy = restore(rds, second)
    see("copy")
    assert write(copy["DBInstanceArn"], SELECT) == [["first"], ["second"]]
    write(copy["DBInstanceArn"], INSERT, id="of the copy")
    assert write(source, SELECT) == [["first"], ["second"], ["third"]]


def test_the_latest_restorable_time_leaves_the_last_five_minutes_out(
    rds, instance, see, write, clock
):
    source = instance()["DBInstanceArn"]
    write(source, CREATE)
    clock.advance(301)
    write(source, INSERT, id="too new")
    copy = restore(rds)
    see("copy")
    assert write(copy["DBInstanceArn"], SELECT) == []


def test_a_restored_instance_has_the_defaults_that_aws_gives(rds, instance, see):
    rds.create_db_parameter_group(
        DBParameterGroupName="strict", DBParameterGroupFamily="postgres16", Description="strict"
    )
    instance(
        MultiAZ=True,
        DBParameterGroupName="strict",
        DeletionProtection=True,
        EnableIAMDatabaseAuthentication=True,
        EnablePerformanceInsights=True,
        VpcSecurityGroupIds=["sg-0123456789abcdef0"],
        StorageEncrypted=True,
        KmsKeyId="its-key",
        Tags=[{"Key": "system", "Value": "orders"}],
    )
    restore(rds)
    source, copy = see("orders"), see("copy")
    same = ("Engine", "EngineVersion", "DBInstanceClass", "AllocatedStorage", "KmsKeyId")
    for name in (*same, "BackupRetentionPeriod", "MasterUsername", "StorageEncrypted"):
        assert copy[name] == source[name], name
    assert copy["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres16"
    assert copy["VpcSecurityGroups"] != source["VpcSecurityGroups"]
    assert copy["TagList"] == []
    for name in ("MultiAZ", "DeletionProtection", "IAMDatabaseAuthenticationEnabled"):
        assert copy[name] is False, name
    assert copy.get("PerformanceInsightsEnabled", False) is False
    # In the default VPC, as no subnet group was given.
    assert copy["PubliclyAccessible"] is True
    assert copy["DbiResourceId"] != source["DbiResourceId"]


def test_what_a_restore_asks_for_it_gets(rds, instance, see):
    instance()
    asked = {"MultiAZ": True, "PubliclyAccessible": False, "BackupRetentionPeriod": 0}
    restore(rds, Tags=[{"Key": "daytwo:drill", "Value": "it"}], **asked)
    copy = see("copy")
    assert {name: copy[name] for name in asked} == asked
    assert copy["TagList"] == [{"Key": "daytwo:drill", "Value": "it"}]
    assert "LatestRestorableTime" not in copy


def test_a_moment_outside_the_log_is_refused(rds, instance, clock):
    instance(BackupRetentionPeriod=1)
    clock.advance(5 * 86_400)
    for moment in (clock.now() - timedelta(days=2), clock.now() - timedelta(seconds=299)):
        with pytest.raises(rds.exceptions.InvalidRestoreFault):
            restore(rds, moment)


def test_an_instance_without_backups_has_no_log(rds, instance, see):
    instance(BackupRetentionPeriod=0)
    assert "LatestRestorableTime" not in see("orders")
    assert rds.describe_db_snapshots()["DBSnapshots"] == []
    with pytest.raises(rds.exceptions.PointInTimeRestoreNotEnabledFault):
        restore(rds)


def test_a_name_that_is_taken_is_refused(rds, instance, refused):
    instance()
    instance("copy")
    with pytest.raises(rds.exceptions.DBInstanceAlreadyExistsFault):
        restore(rds)


def test_a_restore_takes_its_time(rds, instance, see, weather, clock):
    instance()
    weather.set(creating=1200, backing_up=60)
    assert restore(rds)["DBInstanceStatus"] == "creating"
    clock.advance(1199)
    assert see("copy")["DBInstanceStatus"] == "creating"
    clock.advance(61)
    assert see("copy")["DBInstanceStatus"] == "available"


@pytest.mark.parametrize(
    "fault, status", [("never_restored", "creating"), ("restore_failed", "restore-error")]
)
def test_a_restore_that_goes_wrong_can_be_deleted(
    rds, instance, see, weather, clock, fault, status
):
    instance()
    weather.add(fault, ids="copy")
    restore(rds)
    clock.advance(86_400)
    assert see("copy")["DBInstanceStatus"] == status
    rds.delete_db_instance(DBInstanceIdentifier="copy", SkipFinalSnapshot=True)
    names = [each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]]
    assert names == ["orders"]


def test_the_log_of_a_stale_instance_ends_long_ago(instance, see, weather, clock):
    instance()
    clock.advance(5 * 86_400)
    weather.set(stale_by=7200)
    weather.add("stale", ids="orders")
    assert see("orders")["LatestRestorableTime"] == clock.now() - timedelta(seconds=7500)


def test_a_restore_can_lack_the_last_writes(rds, instance, see, write, weather, clock):
    source = instance()["DBInstanceArn"]
    write(source, CREATE)
    clock.advance(600)
    write(source, INSERT, id="lost")
    clock.advance(600)
    weather.set(stale_by=900)
    weather.add("lost_writes", ids="copy")
    copy = restore(rds)
    see("copy")
    assert write(copy["DBInstanceArn"], SELECT) == []


def test_a_restore_can_lack_one_write_in_the_middle(rds, instance, see, write, weather, clock):
    source = instance()["DBInstanceArn"]
    write(source, CREATE)
    for each in ("first", "second", "third"):
        write(source, INSERT, id=each)
    clock.advance(600)
    weather.add("corrupted", ids="copy")
    copy = restore(rds)
    see("copy")
    assert write(copy["DBInstanceArn"], SELECT) == [["first"], ["third"]]


def test_what_is_encrypted_with_a_key_that_is_disabled_is_lost(rds, instance):
    kms = boto3.client("kms", region_name="us-east-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    instance(StorageEncrypted=True, KmsKeyId=key)
    kms.disable_key(KeyId=key.rpartition("/")[2])
    with pytest.raises(rds.exceptions.KMSKeyNotAccessibleFault):
        restore(rds)
    kms.enable_key(KeyId=key.rpartition("/")[2])
    restore(rds)


def test_a_snapshot_is_restored_with_what_was_in_it_and_its_tags(rds, instance, see, write, clock):
    source = instance(Tags=[{"Key": "system", "Value": "orders"}])["DBInstanceArn"]
    write(source, CREATE)
    write(source, INSERT, id="before")
    rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="weekly")
    clock.advance(1)
    write(source, INSERT, id="after")
    rds.delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True)
    copy = rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="copy", DBSnapshotIdentifier="weekly", PubliclyAccessible=False
    )["DBInstance"]
    assert see("copy")["TagList"] == [{"Key": "system", "Value": "orders"}]
    assert write(copy["DBInstanceArn"], SELECT) == [["before"]]
