"""Fleets of instances for tests, made in few calls however large they are."""

from collections.abc import Mapping
from typing import Any

AMI = "ami-12c6146b"
LARGEST_CALL = 1000


def make_fleet(
    ec2: Any,
    count: int,
    tags: Mapping[str, str] | None = None,
    type: str = "t3.micro",
    zone: str = "us-east-1a",
    state: str = "running",
    **launch: Any,
) -> list[str]:
    """Launch so many instances with these tags, and give their ids in order.

    `state="stopped"` stops them again. `launch` goes to RunInstances as it is, such as
    DisableApiStop=True. EC2's clock must let transitions end at once.
    """
    ids: list[str] = []
    while len(ids) < count:
        size = min(LARGEST_CALL, count - len(ids))
        made = ec2.run_instances(
            **{"ImageId": AMI, **launch},
            InstanceType=type,
            Placement={"AvailabilityZone": zone},
            MinCount=size,
            MaxCount=size,
            **_tagged(tags),
        )
        ids += [instance["InstanceId"] for instance in made["Instances"]]
    if state == "stopped":
        for start in range(0, count, LARGEST_CALL):
            ec2.stop_instances(InstanceIds=ids[start : start + LARGEST_CALL])
    return ids


def states_of(ec2: Any, ids: list[str]) -> dict[str, str]:
    """Look up the state of each instance."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-id", "Values": ids}]
    )
    return {
        instance["InstanceId"]: instance["State"]["Name"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def _tagged(tags: Mapping[str, str] | None) -> dict[str, Any]:
    if not tags:
        return {}
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"TagSpecifications": [{"ResourceType": "instance", "Tags": pairs}]}
