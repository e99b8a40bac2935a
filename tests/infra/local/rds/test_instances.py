"""DB instances take their time, fail over to their standby, and are gone when they are."""

import pytest
from botocore.exceptions import ClientError


def test_an_instance_is_created_backed_up_and_available(rds, instance, see, weather, clock):
    weather.set(creating=300, backing_up=60)
    assert instance()["DBInstanceStatus"] == "creating"
    clock.advance(299)
    assert see("orders")["DBInstanceStatus"] == "creating"
    clock.advance(1)
    assert see("orders")["DBInstanceStatus"] == "backing-up"
    clock.advance(60)
    assert see("orders")["DBInstanceStatus"] == "available"


def test_a_deleted_instance_is_told_of_until_it_is_gone(
    rds, instance, see, refused, weather, clock
):
    weather.set(deleting=120)
    instance()
    gone = {"DBInstanceIdentifier": "orders", "SkipFinalSnapshot": True}
    assert rds.delete_db_instance(**gone)["DBInstance"]["DBInstanceStatus"] == "deleting"
    assert refused(rds.delete_db_instance, **gone) == "InvalidDBInstanceState"
    clock.advance(119)
    assert see("orders")["DBInstanceStatus"] == "deleting"
    clock.advance(1)
    assert refused(rds.describe_db_instances, DBInstanceIdentifier="orders") == "DBInstanceNotFound"


def test_a_protected_instance_is_not_deleted(rds, instance, see, refused):
    instance(DeletionProtection=True)
    gone = {"DBInstanceIdentifier": "orders", "SkipFinalSnapshot": True}
    assert refused(rds.delete_db_instance, **gone) == "InvalidParameterCombination"
    rds.modify_db_instance(
        DBInstanceIdentifier="orders", DeletionProtection=False, ApplyImmediately=True
    )
    assert see("orders")["DeletionProtection"] is False
    rds.delete_db_instance(**gone)
    assert rds.describe_db_instances()["DBInstances"] == []


@pytest.mark.parametrize(
    "asked",
    [{}, {"SkipFinalSnapshot": True, "FinalDBSnapshotIdentifier": "last"}],
    ids=["neither a final snapshot nor none", "both"],
)
def test_a_deletion_has_to_say_whether_there_is_a_final_snapshot(rds, instance, refused, asked):
    instance()
    assert (
        refused(rds.delete_db_instance, DBInstanceIdentifier="orders", **asked)
        == "InvalidParameterCombination"
    )


def test_a_final_snapshot_outlives_its_instance(rds, instance):
    instance()
    rds.delete_db_instance(DBInstanceIdentifier="orders", FinalDBSnapshotIdentifier="last")
    assert rds.describe_db_instances()["DBInstances"] == []
    (last,) = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert (last["DBSnapshotIdentifier"], last["Status"]) == ("last", "available")


def test_a_forced_failover_swaps_the_zones_and_keeps_the_endpoint(
    rds, instance, see, weather, clock
):
    weather.set(failing_over=90)
    instance(MultiAZ=True)
    before = see("orders")
    assert before["AvailabilityZone"] != before["SecondaryAvailabilityZone"]
    rds.reboot_db_instance(DBInstanceIdentifier="orders", ForceFailover=True)
    clock.advance(89)
    during = see("orders")
    assert during["DBInstanceStatus"] == "rebooting"
    assert during["AvailabilityZone"] == before["AvailabilityZone"]
    clock.advance(1)
    after = see("orders")
    assert after["DBInstanceStatus"] == "available"
    assert after["AvailabilityZone"] == before["SecondaryAvailabilityZone"]
    assert after["SecondaryAvailabilityZone"] == before["AvailabilityZone"]
    assert after["Endpoint"] == before["Endpoint"]


def test_a_failover_is_written_into_the_events(rds, instance, clock):
    instance(MultiAZ=True)
    asked = {
        "SourceType": "db-instance",
        "SourceIdentifier": "orders",
        "EventCategories": ["failover"],
    }
    rds.reboot_db_instance(DBInstanceIdentifier="orders", ForceFailover=True)
    told = [each["Message"] for each in rds.describe_events(**asked)["Events"]]
    assert told == [
        "Multi-AZ instance failover started.",
        "Multi-AZ instance failover completed",
    ]
    clock.advance(3601)
    assert rds.describe_events(**asked)["Events"] == []
    assert len(rds.describe_events(**asked, Duration=120)["Events"]) == 2


def test_only_an_instance_in_two_zones_can_fail_over(rds, instance, see, refused):
    instance()
    assert "SecondaryAvailabilityZone" not in see("orders")
    asked = {"DBInstanceIdentifier": "orders", "ForceFailover": True}
    assert refused(rds.reboot_db_instance, **asked) == "InvalidParameterCombination"


def test_nobody_chooses_the_zone_of_an_instance_in_two(rds, instance, see):
    with pytest.raises(ClientError, match="specific availability zone is not valid"):
        instance(MultiAZ=True, AvailabilityZone="us-east-1b")
    instance(AvailabilityZone="us-east-1b")
    assert see("orders")["AvailabilityZone"] == "us-east-1b"


@pytest.mark.parametrize(
    "fault, status, moves",
    [("failover_stuck", "rebooting", False), ("failover_in_vain", "available", False)],
)
def test_a_failover_can_come_to_nothing(rds, instance, see, weather, clock, fault, status, moves):
    instance(MultiAZ=True)
    zone = see("orders")["AvailabilityZone"]
    weather.add(fault, ids=["orders"])
    rds.reboot_db_instance(DBInstanceIdentifier="orders", ForceFailover=True)
    clock.advance(86_400)
    after = see("orders")
    assert (after["DBInstanceStatus"], after["AvailabilityZone"] != zone) == (status, moves)


def test_what_is_changed_at_once_is_there_when_the_instance_is_available(
    rds, instance, see, weather, clock
):
    weather.set(modifying=60)
    instance()
    asked = {"MultiAZ": True, "BackupRetentionPeriod": 14, "ApplyImmediately": True}
    rds.modify_db_instance(DBInstanceIdentifier="orders", **asked)
    assert see("orders")["DBInstanceStatus"] == "modifying"
    clock.advance(60)
    after = see("orders")
    assert after["DBInstanceStatus"] == "available"
    assert (after["MultiAZ"], after["BackupRetentionPeriod"]) == (True, 14)
    assert after["SecondaryAvailabilityZone"] != after["AvailabilityZone"]


def test_what_may_wait_waits_until_a_change_is_applied_at_once(rds, instance, see):
    instance()
    rds.modify_db_instance(DBInstanceIdentifier="orders", MultiAZ=True, BackupRetentionPeriod=2)
    waiting = see("orders")
    assert (waiting["MultiAZ"], waiting["BackupRetentionPeriod"]) == (False, 2)
    assert waiting["PendingModifiedValues"] == {"MultiAZ": True}
    rds.modify_db_instance(DBInstanceIdentifier="orders", ApplyImmediately=True)
    after = see("orders")
    assert after["MultiAZ"] is True
    assert after.get("PendingModifiedValues", {}) == {}


def test_a_parameter_group_waits_for_a_reboot(rds, instance, see):
    rds.create_db_parameter_group(
        DBParameterGroupName="strict", DBParameterGroupFamily="postgres16", Description="strict"
    )
    instance()
    rds.modify_db_instance(
        DBInstanceIdentifier="orders", DBParameterGroupName="strict", ApplyImmediately=True
    )
    group = {"DBParameterGroupName": "strict", "ParameterApplyStatus": "pending-reboot"}
    assert see("orders")["DBParameterGroups"] == [group]
    rds.reboot_db_instance(DBInstanceIdentifier="orders")
    assert see("orders")["DBParameterGroups"] == [{**group, "ParameterApplyStatus": "in-sync"}]


def test_nothing_is_done_with_an_instance_that_is_not_available(rds, instance, refused, weather):
    weather.set(creating=60)
    instance()
    named = {"DBInstanceIdentifier": "orders"}
    for call in (rds.reboot_db_instance, rds.modify_db_instance):
        assert refused(call, **named) == "InvalidDBInstanceState"


@pytest.mark.parametrize("lost", ["MultiAZ", "BackupRetentionPeriod"])
def test_a_setting_can_be_lost(rds, instance, see, weather, lost):
    instance()
    weather.add("setting_lost", types=lost)
    asked = {"MultiAZ": True, "BackupRetentionPeriod": 14}
    rds.modify_db_instance(DBInstanceIdentifier="orders", ApplyImmediately=True, **asked)
    after = see("orders")
    assert [name for name in asked if after[name] != asked[name]] == [lost]


def test_tags_can_be_lost(rds, instance, see, weather):
    arn = instance()["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "kept", "Value": "yes"}])
    weather.add("setting_lost", ids="orders", types="Tags")
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "lost", "Value": "yes"}])
    assert see("orders")["TagList"] == [{"Key": "kept", "Value": "yes"}]


def test_an_instance_can_be_undeletable(rds, instance, refused, weather):
    instance()
    weather.add("undeletable", ids="orders", times=1)
    gone = {"DBInstanceIdentifier": "orders", "SkipFinalSnapshot": True}
    assert refused(rds.delete_db_instance, **gone) == "InvalidDBInstanceState"
    rds.delete_db_instance(**gone)
    assert rds.describe_db_instances()["DBInstances"] == []


def test_an_instance_without_a_subnet_group_is_public_unless_it_is_told_not_to_be(
    rds, instance, see
):
    instance("closed", PubliclyAccessible=False)
    rds.create_db_instance(
        DBInstanceIdentifier="open",
        Engine="postgres",
        EngineVersion="16.3",
        DBInstanceClass="db.t3.small",
        MasterUsername="owner",
        MasterUserPassword="longer-than-eight",
    )
    assert see("closed")["PubliclyAccessible"] is False
    assert see("open")["PubliclyAccessible"] is True


def test_performance_insights_and_iam_authentication_are_told(rds, instance, see):
    instance(EnablePerformanceInsights=True, EnableIAMDatabaseAuthentication=True)
    made = see("orders")
    assert made["PerformanceInsightsEnabled"] is True
    assert made["IAMDatabaseAuthenticationEnabled"] is True
