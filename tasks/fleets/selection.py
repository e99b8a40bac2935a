"""Find the instances that an operation is about, each as one small row."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tasks.errors import GroupUnknown, TaskError
from tasks.runtime import raising
from tasks.schedules.groups import SCHEDULE_TAG

# What finding takes.
PERMISSIONS = {
    "ec2:DescribeInstances": "*",
    "autoscaling:DescribeAutoScalingGroups": "*",
}
ERRORS: dict[str, type[TaskError]] = {}

# A page of DescribeInstances takes up to 1,000 (Amazon EC2 API Reference), of some 10 kB each
# when read: half of it keeps the function small.
PAGE = 500
# The values that a filter takes (Amazon EC2 User Guide, "Filtering considerations").
IDS_PER_FILTER = 200

GROUP_TAG = "aws:autoscaling:groupName"
TEMPLATE_TAG = "aws:ec2launchtemplate:id"
PROTECTED_TAG = "daytwo:protected"
ALIVE = ("pending", "running", "stopping", "stopped")

Tags = Mapping[str, Sequence[str]]
# Tells which environment instances with these tags belong to, empty for none, and whether they
# are production.
Belonging = Callable[[Mapping[str, str]], tuple[str, bool]]


class Row(NamedTuple):
    """An instance as far as guards and batches ask; `state` is empty where there is none."""

    instance_id: str
    name: str = ""
    type: str = ""
    zone: str = ""
    state: str = ""
    subnet_id: str = ""
    vpc_id: str = ""
    private_ip: str = ""
    image_id: str = ""
    root_volume: str = ""
    group: str = ""
    owner: str = ""
    production: bool = False
    schedule: str = ""
    protected: bool = False
    spot: bool = False
    spot_request: str = ""
    tenancy: str = "default"
    root_kind: str = "ebs"
    hibernates: bool = False
    architecture: str = ""
    virtualization: str = ""
    ena: bool = False
    boot_mode: str = ""
    volumes: int = 0
    interfaces: int = 0
    addresses: int = 0
    tokens: str = ""
    hop_limit: int = 0
    template: str = ""


def tags_of(instance: Mapping[str, Any]) -> dict[str, str]:
    """Give an instance's tags by their keys."""
    return {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}


def row(instance: Mapping[str, Any], belonging: Belonging) -> Row:
    """Make a row of what DescribeInstances says; what many share is kept in memory once."""
    tags = tags_of(instance)
    owner, production = belonging(tags)
    root = instance.get("RootDeviceName", "")
    volumes = instance.get("BlockDeviceMappings", [])
    interfaces = instance.get("NetworkInterfaces", [])
    metadata = instance.get("MetadataOptions", {})
    placement = instance.get("Placement", {})
    return Row(
        instance_id=instance["InstanceId"],
        name=tags.get("Name", ""),
        type=sys.intern(instance["InstanceType"]),
        zone=sys.intern(placement.get("AvailabilityZone", "")),
        state=sys.intern(instance["State"]["Name"]),
        subnet_id=sys.intern(instance.get("SubnetId", "")),
        vpc_id=sys.intern(instance.get("VpcId", "")),
        private_ip=instance.get("PrivateIpAddress", ""),
        image_id=sys.intern(instance.get("ImageId", "")),
        root_volume=next(
            (one["Ebs"]["VolumeId"] for one in volumes if one["DeviceName"] == root), ""
        ),
        group=sys.intern(tags.get(GROUP_TAG, "")),
        owner=sys.intern(owner),
        production=production,
        schedule=sys.intern(tags.get(SCHEDULE_TAG, "")),
        protected=tags.get(PROTECTED_TAG, "false").strip().casefold() != "false",
        spot=instance.get("InstanceLifecycle") == "spot",
        spot_request=instance.get("SpotInstanceRequestId", ""),
        tenancy=sys.intern(placement.get("Tenancy", "default")),
        root_kind=sys.intern(instance.get("RootDeviceType", "ebs")),
        hibernates=instance.get("HibernationOptions", {}).get("Configured", False),
        architecture=sys.intern(instance.get("Architecture", "")),
        virtualization=sys.intern(instance.get("VirtualizationType", "")),
        ena=instance.get("EnaSupport", False),
        boot_mode=sys.intern(instance.get("CurrentInstanceBootMode", "")),
        volumes=len(volumes),
        interfaces=len(interfaces),
        addresses=max((len(one.get("PrivateIpAddresses", [])) for one in interfaces), default=0),
        tokens=sys.intern(metadata.get("HttpTokens", "")),
        hop_limit=metadata.get("HttpPutResponseHopLimit", 0),
        template=sys.intern(tags.get(TEMPLATE_TAG, "")),
    )


def by_ids(ids: Iterable[str], belonging: Belonging, ec2: Any) -> Iterator[Row]:
    """Give a row for each id; for one that EC2 does not know, a row without a state."""
    wanted = list(ids)
    for start in range(0, len(wanted), IDS_PER_FILTER):
        missing = dict.fromkeys(wanted[start : start + IDS_PER_FILTER])
        for instance in described({"instance-id": list(missing)}, ec2):
            missing.pop(instance["InstanceId"], None)
            yield row(instance, belonging)
        yield from (Row(instance_id) for instance_id in missing)


def by_tags(tags: Tags, belonging: Belonging, ec2: Any) -> Iterator[Row]:
    """Give a row for each living instance that has one of the values of each tag.

    Values stand for themselves: `*` and `?`, which EC2's filters take for any characters,
    match nothing else (Amazon EC2 User Guide, "Filter your resources").
    """
    filters: dict[str, list[str]] = {f"tag:{key}": list(values) for key, values in tags.items()}
    for instance in described({**filters, "instance-state-name": list(ALIVE)}, ec2):
        has = tags_of(instance)
        if all(has.get(key) in values for key, values in tags.items()):
            yield row(instance, belonging)


def by_group(name: str, belonging: Belonging, ec2: Any, autoscaling: Any) -> Iterator[Row]:
    """Give a row for each living member of an Auto Scaling group; raises GroupUnknown."""
    with raising(ERRORS, name):
        reply = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    if not reply["AutoScalingGroups"]:
        raise GroupUnknown(
            f"There is no Auto Scaling group {name} in {autoscaling.meta.region_name}. Correct "
            "the name, or give the system and environment that it belongs to."
        )
    members = [one["InstanceId"] for one in reply["AutoScalingGroups"][0]["Instances"]]
    return (found for found in by_ids(members, belonging, ec2) if found.state in ALIVE)


def described(filters: Mapping[str, list[str]], ec2: Any) -> Iterator[dict[str, Any]]:
    """Give each instance that passes EC2's filters as DescribeInstances says, page by page."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": name, "Values": values} for name, values in filters.items()],
        PaginationConfig={"PageSize": PAGE},
    )
    with raising(ERRORS, "instances"):
        for page in pages:
            for reservation in page["Reservations"]:
                yield from reservation["Instances"]
