"""Volumes and instances of a system with backups, and the documents of drills on them."""

from drill_documents import PREFIX, component

ZONE = "us-east-1a"
TAGS = {"Name": "feedback-prod-data"}
COPY = f"{PREFIX}-data"
NEWEST = {"kind": "snapshot", "id": "", "at": "", "manifest_key": ""}
MARKS = {
    "daytwo:system": "feedback",
    "daytwo:environment": "prod",
    "daytwo:component": "data",
}
OF = {"ebs_volumes": "volumes", "instances": "image"}


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagged(kind, tags):
    return [{"ResourceType": kind, "Tags": tag_list(tags)}]


def make_volume(ec2, size=8, tags=TAGS, **settings):
    """Make a volume of the component."""
    return ec2.create_volume(
        **{"AvailabilityZone": ZONE, "Size": size, "VolumeType": "gp3", **settings},
        TagSpecifications=tagged("volume", tags),
    )["VolumeId"]


def make_snapshot(ec2, volume, backup="20261101t030000-1f0c2a9b", at="2026-11-01T03:00:00Z"):
    """Take a snapshot as daytwo-backup does."""
    marks = {
        **MARKS,
        "daytwo:backup": backup,
        "daytwo:resource": volume,
        "daytwo:taken-at": at,
    }
    return ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged("snapshot", marks))[
        "SnapshotId"
    ]


def data(type="ebs_volumes", **changes):
    """Give the component that these tags select, restored from its newest backup."""
    settings = {
        "type": type,
        "chain": OF[type],
        "resource": "data",
        "config": {"tags": TAGS},
        "target_config": {"tags": {"Name": "feedback-dev-data"}},
        "recovery_point": NEWEST,
        **changes,
    }
    return component("data", **settings)


def point(id="", at=""):
    """Give a recovery point."""
    return {**NEWEST, "id": id, "at": at}


def make_image(ec2, instance, backup="20261101t030000-1f0c2a9b", at="2026-11-01T03:00:00Z", **tags):
    """Make an image as daytwo-backup does."""
    marks = {
        **MARKS,
        "daytwo:backup": backup,
        "daytwo:resource": instance,
        "daytwo:taken-at": at,
        **tags,
    }
    return ec2.create_image(
        InstanceId=instance,
        Name=f"daytwo-{backup}-data-{instance}",
        NoReboot=True,
        TagSpecifications=tagged("image", marks),
    )["ImageId"]


def quarantine(ec2, vpc):
    """Make a security group in a VPC that lets nothing through."""
    group = ec2.create_security_group(
        GroupName="quarantine",
        Description="isolated instances",
        VpcId=vpc,
        TagSpecifications=tagged("security-group", {"daytwo:quarantine": "true"}),
    )["GroupId"]
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=found["IpPermissionsEgress"])
    return group
