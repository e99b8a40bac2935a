"""Auto Scaling groups as drills see them: who serves where, and who is left."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from tasks.fleets import refreshes
from tasks.runtime import raising

GROUP_ARN = (
    "arn:${AWS::Partition}:autoscaling:${AWS::Region}:${AWS::AccountId}"
    ":autoScalingGroup:*:autoScalingGroupName/${System}-*"
)
DESCRIBE = {"autoscaling:DescribeAutoScalingGroups": "*"}

Group = Mapping[str, Any]
find = refreshes.find_group


def serving(group: Group, lost: Collection[str] = (), zone: str = "") -> list[dict[str, Any]]:
    """List the members in service and healthy, without the lost ones and those of a lost zone."""
    return [
        member
        for member in group["Instances"]
        if member["LifecycleState"] == "InService"
        and member["HealthStatus"].lower() == "healthy"
        and member["InstanceId"] not in lost
        and member["AvailabilityZone"] != zone
    ]


def fullest_zone(group: Group) -> str:
    """Give the zone that most members in service are in, the first by name of several."""
    count = Counter(member["AvailabilityZone"] for member in serving(group))
    return min(group["AvailabilityZones"], key=lambda zone: (-count[zone], zone))


def chosen(group: Group, drill: str) -> str:
    """Choose the member that a drill lets fail, by the drill's id; empty where none serves."""

    def rank(one: str) -> str:
        return hashlib.sha256(f"{drill} {one}".encode()).hexdigest()

    return min((member["InstanceId"] for member in serving(group)), key=rank, default="")


def subnets(group: Group) -> list[str]:
    """List the subnets that the group launches in."""
    return [one for one in group.get("VPCZoneIdentifier", "").split(",") if one]


def subnets_outside(zone: str, group: Group, ec2: Any) -> list[str]:
    """List the group's subnets that are in other zones, in the group's order."""
    with raising({}, f"subnets of {group['AutoScalingGroupName']}"):
        reply = ec2.describe_subnets(SubnetIds=subnets(group))
    zones = {one["SubnetId"]: one["AvailabilityZone"] for one in reply["Subnets"]}
    return [one for one in subnets(group) if zones.get(one) != zone]
