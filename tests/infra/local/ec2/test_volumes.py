"""Snapshots and replaced root volumes: in their time, and not always well."""

import pytest
from fleets import make_fleet


def root_of(ec2, instance):
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    (root,) = [
        each["Ebs"]["VolumeId"]
        for each in found["BlockDeviceMappings"]
        if each["DeviceName"] == found["RootDeviceName"]
    ]
    return root


def snapshot_of(ec2, instance):
    (made,) = ec2.create_snapshots(InstanceSpecification={"InstanceId": instance})["Snapshots"]
    return made["SnapshotId"]


def progress(ec2, snapshot):
    (found,) = ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    return found["State"], found["Progress"]


def task_state(ec2, task):
    (found,) = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[task])[
        "ReplaceRootVolumeTasks"
    ]
    return found["TaskState"]


def replace_root(ec2, instance, snapshot, **others):
    task = ec2.create_replace_root_volume_task(InstanceId=instance, SnapshotId=snapshot, **others)[
        "ReplaceRootVolumeTask"
    ]
    assert task["TaskState"] == "pending"
    return task["ReplaceRootVolumeTaskId"]


def test_a_snapshot_takes_the_seconds_that_the_weather_says(ec2, weather, clock):
    (one,) = make_fleet(ec2, 1)
    weather.set(snapshot=100)
    (made,) = ec2.create_snapshots(InstanceSpecification={"InstanceId": one})["Snapshots"]
    assert made["State"] == "pending"
    seen = []
    for _ in range(3):
        seen.append(progress(ec2, made["SnapshotId"]))
        clock.advance(50)
    assert seen == [("pending", "0%"), ("pending", "50%"), ("completed", "100%")]


def test_in_calm_weather_a_snapshot_is_complete_at_once(ec2):
    (one,) = make_fleet(ec2, 1)
    made = ec2.create_snapshot(VolumeId=root_of(ec2, one))["SnapshotId"]
    assert progress(ec2, made) == ("completed", "100%")


def test_a_snapshot_of_an_instance_can_end_in_error(ec2, weather, clock):
    sick, well = make_fleet(ec2, 2)
    weather.set(snapshot=10)
    weather.add("snapshot_fails", ids=sick)
    snapshots = [snapshot_of(ec2, each) for each in (sick, well)]
    clock.advance(10)
    assert [progress(ec2, each)[0] for each in snapshots] == ["error", "completed"]


def test_snapshots_are_listed_by_owner_by_tag_and_by_page(ec2):
    ids = make_fleet(ec2, 7)
    tagged = [{"ResourceType": "snapshot", "Tags": [{"Key": "daytwo:operation", "Value": "op"}]}]
    made = [
        ec2.create_snapshots(InstanceSpecification={"InstanceId": each}, TagSpecifications=tagged)[
            "Snapshots"
        ][0]["SnapshotId"]
        for each in ids
    ]
    pages = ec2.get_paginator("describe_snapshots")
    own = [page["Snapshots"] for page in pages.paginate(
        OwnerIds=["self"], PaginationConfig={"PageSize": 5})]  # fmt: skip
    assert [len(page) for page in own] == [5, 2]
    assert [each["SnapshotId"] for page in own for each in page] == made
    by_tag = ec2.describe_snapshots(Filters=[{"Name": "tag:daytwo:operation", "Values": ["op"]}])
    assert [each["SnapshotId"] for each in by_tag["Snapshots"]] == made


def test_tags_of_the_volumes_are_copied_where_that_is_asked_for(ec2):
    (one,) = make_fleet(ec2, 1)
    ec2.create_tags(Resources=[root_of(ec2, one)], Tags=[{"Key": "Owner", "Value": "finance"}])
    ec2.create_snapshots(
        InstanceSpecification={"InstanceId": one},
        CopyTagsFromSource="volume",
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": [{"Key": "By", "Value": "us"}]}],
    )
    (found,) = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert {each["Key"]: each["Value"] for each in found["Tags"]} == {
        "Owner": "finance",
        "By": "us",
    }


@pytest.mark.parametrize("deletes", [False, True])
def test_a_root_volume_is_replaced_while_the_instance_runs(ec2, weather, clock, deletes):
    (one,) = make_fleet(ec2, 1)
    old, snapshot = root_of(ec2, one), snapshot_of(ec2, one)
    weather.set(root_volume=100)
    task = replace_root(ec2, one, snapshot, DeleteReplacedRootVolume=deletes)
    clock.advance(50)
    assert (task_state(ec2, task), root_of(ec2, one)) == ("in-progress", old)
    clock.advance(50)
    new = root_of(ec2, one)
    assert (task_state(ec2, task), new != old) == ("succeeded", True)
    volumes = {each["VolumeId"]: each for each in ec2.describe_volumes()["Volumes"]}
    assert volumes[new]["SnapshotId"] == snapshot
    assert (old in volumes) is not deletes


def test_an_earlier_root_volume_can_come_back(ec2):
    (one,) = make_fleet(ec2, 1)
    first = snapshot_of(ec2, one)
    for _ in range(2):
        task = replace_root(ec2, one, first)
        assert task_state(ec2, task) == "succeeded"


def test_a_replacement_can_fail_and_leaves_the_root_volume(ec2, weather):
    (one,) = make_fleet(ec2, 1)
    old, snapshot = root_of(ec2, one), snapshot_of(ec2, one)
    weather.add("root_volume_fails", ids=one, times=1)
    task = replace_root(ec2, one, snapshot)
    assert (task_state(ec2, task), root_of(ec2, one)) == ("failed", old)
    again = replace_root(ec2, one, snapshot)
    assert (task_state(ec2, again), task_state(ec2, task)) == ("succeeded", "failed")


def test_a_replacement_with_the_same_client_token_is_the_same(ec2):
    (one,) = make_fleet(ec2, 1)
    snapshot = snapshot_of(ec2, one)
    first = replace_root(ec2, one, snapshot, ClientToken="operation")
    asked = {"InstanceId": one, "SnapshotId": snapshot, "ClientToken": "operation"}
    again = ec2.create_replace_root_volume_task(**asked)["ReplaceRootVolumeTask"]
    assert again["ReplaceRootVolumeTaskId"] == first
    tasks = ec2.describe_replace_root_volume_tasks(
        Filters=[{"Name": "instance-id", "Values": [one]}]
    )["ReplaceRootVolumeTasks"]
    assert len(tasks) == 1


def test_what_cannot_be_a_root_volume_is_refused(ec2, weather, refused):
    one, other = make_fleet(ec2, 2)
    (stopped,) = make_fleet(ec2, 1, state="stopped")
    create = ec2.create_replace_root_volume_task
    foreign = snapshot_of(ec2, other)
    assert refused(create, InstanceId=one, SnapshotId=foreign)[0] == "InvalidParameterValue"
    assert refused(create, InstanceId=stopped)[0] == "IncorrectInstanceState"
    weather.set(snapshot=60)
    pending = snapshot_of(ec2, one)
    assert refused(create, InstanceId=one, SnapshotId=pending)[0] == "IncorrectState"
    missing = ec2.describe_replace_root_volume_tasks
    code, _ = refused(missing, ReplaceRootVolumeTaskIds=["replacevol-0123456789abcdef0"])
    assert code == "InvalidReplaceRootVolumeTaskId.NotFound"
