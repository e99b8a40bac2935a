"""Snapshots take their time, hold what was there when they were taken, and cross Regions."""

import boto3


def take(rds, name="weekly", **asked):
    return rds.create_db_snapshot(
        DBInstanceIdentifier="orders", DBSnapshotIdentifier=name, **asked
    )["DBSnapshot"]


def look(rds, name="weekly"):
    (found,) = rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
    return found


def test_a_snapshot_is_created_percent_by_percent(rds, instance, weather, clock):
    weather.set(snapshot=100)
    instance()
    assert take(rds)["Status"] == "creating"
    clock.advance(40)
    assert (look(rds)["Status"], look(rds)["PercentProgress"]) == ("creating", 40)
    clock.advance(60)
    assert (look(rds)["Status"], look(rds)["PercentProgress"]) == ("available", 100)


def test_a_snapshot_that_is_being_created_is_of_no_use_yet(rds, instance, refused, weather):
    weather.set(snapshot=100)
    instance()
    take(rds)
    named = {"DBSnapshotIdentifier": "weekly"}
    assert refused(rds.delete_db_snapshot, **named) == "InvalidDBSnapshotState"
    call = rds.restore_db_instance_from_db_snapshot
    assert refused(call, DBInstanceIdentifier="copy", **named) == "InvalidDBSnapshotState"
    asked = {"SourceDBSnapshotIdentifier": "weekly", "TargetDBSnapshotIdentifier": "other"}
    assert refused(rds.copy_db_snapshot, **asked) == "InvalidDBSnapshotState"


def test_a_snapshot_can_fail(rds, instance, weather):
    instance()
    weather.add("snapshot_fails", ids="orders")
    take(rds)
    assert look(rds)["Status"] == "failed"


def test_a_snapshot_goes_at_once(rds, instance, refused):
    instance()
    take(rds)
    look(rds)
    rds.delete_db_snapshot(DBSnapshotIdentifier="weekly")
    call = rds.describe_db_snapshots
    assert refused(call, DBSnapshotIdentifier="weekly") == "DBSnapshotNotFound"


def test_a_snapshot_can_be_undeletable(rds, instance, refused, weather):
    instance()
    take(rds)
    look(rds)
    weather.add("undeletable", ids="weekly")
    call = rds.delete_db_snapshot
    assert refused(call, DBSnapshotIdentifier="weekly") == "InvalidDBSnapshotState"


def test_a_snapshot_is_copied_to_another_region(rds, instance, weather, clock):
    instance()
    arn = take(rds)["DBSnapshotArn"]
    look(rds)
    weather.set(copy=50)
    west = boto3.client("rds", region_name="us-west-2")
    west.copy_db_snapshot(
        SourceDBSnapshotIdentifier=arn,
        TargetDBSnapshotIdentifier="weekly",
        SourceRegion="us-east-1",
        Tags=[{"Key": "daytwo:backup", "Value": "weekly"}],
    )
    copied = look(west)
    assert (copied["Status"], copied["SourceRegion"]) == ("creating", "us-east-1")
    assert copied["TagList"] == [{"Key": "daytwo:backup", "Value": "weekly"}]
    clock.advance(50)
    assert look(west)["Status"] == "available"


def test_an_encrypted_snapshot_needs_a_key_of_the_other_region(rds, instance, refused):
    instance(StorageEncrypted=True, KmsKeyId="its-key")
    arn = take(rds)["DBSnapshotArn"]
    look(rds)
    west = boto3.client("rds", region_name="us-west-2")
    key = boto3.client("kms", region_name="us-west-2").create_key()["KeyMetadata"]["Arn"]
    asked = {
        "SourceDBSnapshotIdentifier": arn,
        "TargetDBSnapshotIdentifier": "weekly",
        "SourceRegion": "us-east-1",
    }
    assert refused(west.copy_db_snapshot, **asked) == "InvalidParameterCombination"
    west.copy_db_snapshot(**asked, KmsKeyId=key)
    assert look(west)["KmsKeyId"] == key


def test_the_automated_snapshots_go_with_their_instance(rds, instance):
    instance()
    assert len(rds.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]) == 1
    rds.delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True)
    assert rds.describe_db_snapshots()["DBSnapshots"] == []
