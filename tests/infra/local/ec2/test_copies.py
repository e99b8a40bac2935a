"""Volumes of snapshots, copies of snapshots in another Region, and images of instances."""

from datetime import timedelta

import boto3
import pytest
from fleets import make_fleet

KEY = {"Key": "daytwo:drill-copy", "Value": "drill-0123abcd-disk"}
TAGS = [{"ResourceType": "volume", "Tags": [KEY]}]


@pytest.fixture
def snapshot(ec2):
    """A snapshot of a volume of 20 GiB."""
    volume = ec2.create_volume(Size=20, AvailabilityZone="us-east-1a")["VolumeId"]
    return ec2.create_snapshot(VolumeId=volume)["SnapshotId"]


@pytest.fixture
def restore(ec2, snapshot):
    """Make a volume of the snapshot."""

    def restore(**asked):
        return ec2.create_volume(
            **{
                "SnapshotId": snapshot,
                "AvailabilityZone": "us-east-1b",
                "TagSpecifications": TAGS,
                **asked,
            }
        )["VolumeId"]

    return restore


def volume_of(ec2, volume):
    return ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]


def image_of(ec2, image):
    return ec2.describe_images(ImageIds=[image])["Images"][0]


def test_a_volume_of_a_snapshot_takes_its_time(ec2, restore, snapshot, weather, clock):
    weather.set(volume=30)
    made = restore()
    assert volume_of(ec2, made)["State"] == "creating"
    clock.advance(30)
    found = volume_of(ec2, made)
    assert (found["State"], found["Size"], found["SnapshotId"]) == ("available", 20, snapshot)
    assert found["Tags"] == [KEY]
    by_tag = [{"Name": "tag:daytwo:drill-copy", "Values": [KEY["Value"]]}]
    assert len(ec2.describe_volumes(Filters=by_tag)["Volumes"]) == 1


def test_the_same_client_token_makes_one_volume(ec2, restore, refused):
    assert restore(ClientToken="once") == restore(ClientToken="once")
    code, _ = refused(ec2.create_volume, Size=20, AvailabilityZone="us-east-1a", ClientToken="once")
    assert code == "IdempotentParameterMismatch"


def test_a_volume_is_not_made_of_a_snapshot_that_is_pending_or_larger(
    ec2, restore, refused, weather, clock
):
    weather.set(snapshot=60)
    source = ec2.create_volume(Size=20, AvailabilityZone="us-east-1a")["VolumeId"]
    pending = ec2.create_snapshot(VolumeId=source)["SnapshotId"]
    asked = {"SnapshotId": pending, "AvailabilityZone": "us-east-1a"}
    assert refused(ec2.create_volume, **asked)[0] == "IncorrectState"
    clock.advance(60)
    assert refused(ec2.create_volume, **asked, Size=19)[0] == "InvalidParameterValue"
    ec2.create_volume(**asked, Size=21)


def test_an_encrypted_snapshots_volume_has_its_key(ec2, clock):
    key = boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["Arn"]
    source = ec2.create_volume(Size=1, AvailabilityZone="us-east-1a", Encrypted=True, KmsKeyId=key)[
        "VolumeId"
    ]
    taken = ec2.create_snapshot(VolumeId=source)["SnapshotId"]
    made = ec2.create_volume(SnapshotId=taken, AvailabilityZone="us-east-1a")["VolumeId"]
    assert (volume_of(ec2, made)["Encrypted"], volume_of(ec2, made)["KmsKeyId"]) == (True, key)


@pytest.mark.parametrize("fault, state", [("volume_fails", "error"), ("volume_hangs", "creating")])
def test_a_volume_can_come_to_nothing(ec2, restore, snapshot, weather, clock, fault, state):
    weather.add(fault, ids=snapshot)
    made = restore()
    clock.advance(86_400)
    assert volume_of(ec2, made)["State"] == state
    ec2.delete_volume(VolumeId=made)


def test_a_volume_is_deleting_until_it_is_gone(ec2, restore, refused, weather, clock):
    made = restore()
    weather.set(deleting_volume=10)
    ec2.delete_volume(VolumeId=made)
    assert volume_of(ec2, made)["State"] == "deleting"
    assert refused(ec2.delete_volume, VolumeId=made)[0] == "IncorrectState"
    clock.advance(10)
    assert refused(ec2.describe_volumes, VolumeIds=[made])[0] == "InvalidVolume.NotFound"


def test_volumes_snapshots_and_images_can_be_undeletable(ec2, restore, snapshot, refused, weather):
    (one,) = make_fleet(ec2, 1)
    made = restore()
    image = ec2.create_image(InstanceId=one, Name="weekly")["ImageId"]
    weather.add("undeletable", ids=[made, snapshot, image])
    assert refused(ec2.delete_volume, VolumeId=made)[0] == "IncorrectState"
    assert refused(ec2.delete_snapshot, SnapshotId=snapshot)[0] == "InvalidSnapshot.InUse"
    assert refused(ec2.deregister_image, ImageId=image)[0] == "OperationNotPermitted"


def test_a_snapshot_is_copied_to_another_region_without_its_tags(ec2, snapshot, weather, clock):
    ec2.create_tags(Resources=[snapshot], Tags=[{"Key": "of", "Value": "the source"}])
    weather.set(snapshot=100)
    west = boto3.client("ec2", region_name="us-west-2")
    copied = west.copy_snapshot(
        SourceSnapshotId=snapshot,
        SourceRegion="us-east-1",
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": [KEY]}],
    )["SnapshotId"]
    (found,) = west.describe_snapshots(SnapshotIds=[copied])["Snapshots"]
    assert (found["State"], found["Tags"]) == ("pending", [KEY])
    assert (found["VolumeSize"], found["VolumeId"]) == (20, "vol-ffffffff")
    clock.advance(100)
    (found,) = west.describe_snapshots(SnapshotIds=[copied])["Snapshots"]
    assert found["State"] == "completed"
    began = clock.now() - timedelta(seconds=100)
    assert found["StartTime"] == began.replace(microsecond=0)
    west.create_volume(SnapshotId=copied, AvailabilityZone="us-west-2a")


def test_an_image_has_a_snapshot_of_each_volume_and_is_pending_for_its_time(ec2, weather, clock):
    (one,) = make_fleet(ec2, 1)
    disk = ec2.create_volume(Size=50, AvailabilityZone="us-east-1a")["VolumeId"]
    ec2.attach_volume(VolumeId=disk, InstanceId=one, Device="/dev/sdf")
    weather.set(image=60)
    made = ec2.create_image(
        InstanceId=one,
        Name="weekly",
        NoReboot=True,
        TagSpecifications=[{"ResourceType": kind, "Tags": [KEY]} for kind in ("image", "snapshot")],
    )["ImageId"]
    assert image_of(ec2, made)["State"] == "pending"
    clock.advance(60)
    image = image_of(ec2, made)
    assert (image["State"], image["Tags"]) == ("available", [KEY])
    sizes = {each["DeviceName"]: each["Ebs"]["VolumeSize"] for each in image["BlockDeviceMappings"]}
    assert sizes == {image["RootDeviceName"]: 8, "/dev/sdf": 50}
    snapshots = [each["Ebs"]["SnapshotId"] for each in image["BlockDeviceMappings"]]
    for each in ec2.describe_snapshots(SnapshotIds=snapshots)["Snapshots"]:
        assert each["Tags"] == [KEY]


def test_an_instance_of_an_image_has_its_volumes_once_the_image_is_available(
    ec2, refused, weather, clock
):
    (one,) = make_fleet(ec2, 1)
    disk = ec2.create_volume(Size=50, AvailabilityZone="us-east-1a")["VolumeId"]
    ec2.attach_volume(VolumeId=disk, InstanceId=one, Device="/dev/sdf")
    weather.set(image=60)
    image = ec2.create_image(InstanceId=one, Name="weekly")["ImageId"]
    asked = {"ImageId": image, "MinCount": 1, "MaxCount": 1}
    assert refused(ec2.run_instances, **asked)[0] == "InvalidAMIID.Unavailable"
    clock.advance(60)
    made = ec2.run_instances(**asked)["Instances"][0]["InstanceId"]
    attached = [{"Name": "attachment.instance-id", "Values": [made]}]
    sizes = [each["Size"] for each in ec2.describe_volumes(Filters=attached)["Volumes"]]
    assert sorted(sizes) == [8, 50]


def test_a_name_belongs_to_one_image(ec2, refused):
    (one,) = make_fleet(ec2, 1)
    ec2.create_image(InstanceId=one, Name="weekly")
    code, _ = refused(ec2.create_image, InstanceId=one, Name="weekly")
    assert code == "InvalidAMIName.Duplicate"


def test_an_image_can_fail(ec2, weather):
    (one,) = make_fleet(ec2, 1)
    weather.add("image_fails", ids=one)
    made = ec2.create_image(InstanceId=one, Name="weekly")["ImageId"]
    assert image_of(ec2, made)["State"] == "failed"


def test_an_image_is_copied_to_another_region_with_its_snapshots(ec2, weather, clock):
    (one,) = make_fleet(ec2, 1)
    image = ec2.create_image(InstanceId=one, Name="weekly")["ImageId"]
    weather.set(image=60)
    west = boto3.client("ec2", region_name="us-west-2")
    copied = west.copy_image(
        SourceImageId=image,
        SourceRegion="us-east-1",
        Name="weekly",
        TagSpecifications=[{"ResourceType": "image", "Tags": [KEY]}],
    )["ImageId"]
    assert image_of(west, copied)["State"] == "pending"
    clock.advance(60)
    found = image_of(west, copied)
    assert (found["State"], found["Tags"]) == ("available", [KEY])
    (device,) = found["BlockDeviceMappings"]
    west.describe_snapshots(SnapshotIds=[device["Ebs"]["SnapshotId"]])


def test_an_image_is_registered_of_snapshots_and_launched(ec2, snapshot):
    image = ec2.register_image(
        Name="rescued",
        Architecture="x86_64",
        VirtualizationType="hvm",
        RootDeviceName="/dev/xvda",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}],
    )["ImageId"]
    found = image_of(ec2, image)
    assert (found["State"], found["Architecture"]) == ("available", "x86_64")
    (device,) = found["BlockDeviceMappings"]
    assert (device["Ebs"]["SnapshotId"], device["Ebs"]["VolumeSize"]) == (snapshot, 20)
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    attached = [{"Name": "attachment.instance-id", "Values": [launched["InstanceId"]]}]
    (volume,) = ec2.describe_volumes(Filters=attached)["Volumes"]
    assert (volume["SnapshotId"], volume["Size"]) == (snapshot, 20)


def test_a_volume_whose_key_is_disabled_ends_in_error(ec2):
    kms = boto3.client("kms", region_name="us-east-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    source = ec2.create_volume(Size=1, AvailabilityZone="us-east-1a", Encrypted=True, KmsKeyId=key)[
        "VolumeId"
    ]
    taken = ec2.create_snapshot(VolumeId=source)["SnapshotId"]
    kms.disable_key(KeyId=key.rpartition("/")[2])
    made = ec2.create_volume(SnapshotId=taken, AvailabilityZone="us-east-1a")["VolumeId"]
    assert volume_of(ec2, made)["State"] == "error"


def test_a_deregistered_image_leaves_its_snapshots(ec2, refused):
    (one,) = make_fleet(ec2, 1)
    image = ec2.create_image(InstanceId=one, Name="weekly")["ImageId"]
    (device,) = image_of(ec2, image)["BlockDeviceMappings"]
    snapshot = device["Ebs"]["SnapshotId"]
    assert refused(ec2.delete_snapshot, SnapshotId=snapshot)[0] == "InvalidSnapshot.InUse"
    ec2.deregister_image(ImageId=image)
    ec2.delete_snapshot(SnapshotId=snapshot)


def test_an_image_takes_its_snapshots_with_it_where_that_is_asked_for(ec2, refused):
    (one,) = make_fleet(ec2, 1)
    image = ec2.create_image(InstanceId=one, Name="weekly")["ImageId"]
    (device,) = image_of(ec2, image)["BlockDeviceMappings"]
    ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    gone = {"SnapshotIds": [device["Ebs"]["SnapshotId"]]}
    assert refused(ec2.describe_snapshots, **gone)[0] == "InvalidSnapshot.NotFound"
