"""Volumes as drills see them: the system's own, and the copies by their tags."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from tasks.drills import copies
from tasks.errors import DrillRefused, RestoreFailed, TaskError
from tasks.runtime import raising

_EC2 = "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:"
# The account's number is not part of a snapshot's ARN (Service Authorization Reference).
SNAPSHOT_ARN = "arn:${AWS::Partition}:ec2:*::snapshot/*"
VOLUME_ARN = f"{_EC2}volume/*"
ERRORS: dict[str, type[TaskError]] = dict.fromkeys(
    (
        "InsufficientVolumeCapacity",
        "InvalidSnapshot.NotFound",
        "VolumeLimitExceeded",
        "MaxIOPSLimitExceeded",
    ),
    RestoreFailed,
)
# Types whose speed is set; of the others EC2 sets it by their size.
WITH_IOPS = ("gp3", "io1", "io2")
SHAPE = ("VolumeType", "Iops", "Throughput")

Volume = dict[str, Any]


def selected(tags: Mapping[str, str], ec2: Any) -> dict[str, Volume]:
    """Give the volumes that have all these tags, by id; copies of drills are none of them."""
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in sorted(tags.items())]
    return {
        one["VolumeId"]: one
        for one in _described(filters, ec2)
        if copies.DRILL_TAG not in copies.values(one.get("Tags"))
    }


def made(drill_id: str, ec2: Any, copy: str = "") -> dict[str, Volume]:
    """Give the volumes that a drill has made, by the copy's name; one of them where it is named."""
    filters = [{"Name": f"tag:{copies.DRILL_TAG}", "Values": [drill_id]}]
    if copy:
        filters.append({"Name": f"tag:{copies.COPY_TAG}", "Values": [copy]})
    found = _described(filters, ec2)
    return {copies.values(one["Tags"]).get(copies.COPY_TAG, ""): one for one in found}


def _described(filters: list[dict[str, Any]], ec2: Any) -> list[Volume]:
    with raising({}, "volumes"):
        pages = ec2.get_paginator("describe_volumes").paginate(Filters=filters)
        return [one for page in pages for one in page["Volumes"]]


def shape(volume: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give type and speed of a volume, as CreateVolume takes them."""
    if not volume:
        return {}
    names = SHAPE if volume.get("VolumeType") in WITH_IOPS else SHAPE[:1]
    return {name: volume[name] for name in names if volume.get(name)}


def zone_for(volume: Mapping[str, Any] | None, drill: Mapping[str, Any], ec2: Any) -> str:
    """Give the zone that a copy is made in: its source's, or one that has a subnet."""
    if volume and not copies.elsewhere(drill):
        return str(volume["AvailabilityZone"])
    with raising({}, "subnets"):
        subnets = ec2.describe_subnets()["Subnets"]
    if not subnets:
        raise DrillRefused("The target's account has no subnet, and so no zone to make volumes in")
    return min(str(one["AvailabilityZone"]) for one in subnets)


def token(drill_id: str, copy: str) -> str:
    """Give the client token of a copy: again, EC2 answers with the same one.

    Amazon EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests".
    """
    return hashlib.sha256(f"{drill_id} {copy}".encode()).hexdigest()


def states(found: Iterable[Mapping[str, Any]]) -> str:
    """Say how many are in which state."""
    counted: dict[str, int] = {}
    for one in found:
        counted[one["State"]] = counted.get(one["State"], 0) + 1
    return ", ".join(f"{count} {state}" for state, count in sorted(counted.items()))
