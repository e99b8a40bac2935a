"""Let an Auto Scaling group lose a zone: its subnets there, and every instance in them."""

from typing import Any

from tasks.drills import groups, ledger, standing
from tasks.errors import DrillRefused
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    **groups.DESCRIBE,
    "autoscaling:UpdateAutoScalingGroup": groups.GROUP_ARN,
    "autoscaling:TerminateInstanceInAutoScalingGroup": groups.GROUP_ARN,
    "ec2:DescribeSubnets": "*",
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    target = drill["target"]["target"]
    return take_away(
        request,
        client("autoscaling", target),
        client("ec2", target),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def take_away(
    request: dict[str, Any], autoscaling: Any, ec2: Any, table: str, dynamodb: Any
) -> dict[str, Any]:
    """Take the zone's subnets from the group and terminate its members there, once.

    The zone is the one that the scenario names, or the one with the most members. Done when
    none of them serves any more. Raises GroupUnknown, and DrillRefused where the group would
    have no zone left.
    """
    component, drill = request["component"], request["drill"]
    name = component["resource"]
    group = groups.find(name, autoscaling)
    row = ledger.plan(
        drill["id"],
        "zone",
        name,
        component=component["name"],
        target=drill["target"]["target"],
        now=request["now"],
        table=table,
        dynamodb=dynamodb,
        detail=_before(group, component["options"].get("zone", "")),
    )
    lost = row["detail"]
    if groups.subnets(group) == lost["subnets"]:
        _leave(lost["zone"], group, autoscaling, ec2)
        group = groups.find(name, autoscaling)
    left = [one for one in groups.serving(group) if one["InstanceId"] in lost["members"]]
    for member in left:
        with raising({}, member["InstanceId"]):
            autoscaling.terminate_instance_in_auto_scaling_group(
                InstanceId=member["InstanceId"], ShouldDecrementDesiredCapacity=False
            )
    return {
        "done": not left,
        "state": f"{lost['zone']} lost with {len(lost['members'])} instances",
        "row": row,
        "lost": lost["members"],
        "zone": lost["zone"],
        "least_seen": len(groups.serving(group, lost["members"])),
    }


def _before(group: groups.Group, named: str) -> dict[str, Any]:
    zone = named or groups.fullest_zone(group)
    if zone not in group["AvailabilityZones"]:
        raise DrillRefused(
            f"{group['AutoScalingGroupName']} is not in {zone}, only in "
            f"{', '.join(group['AvailabilityZones'])}: correct the scenario's option zone"
        )
    return {
        "subnets": groups.subnets(group),
        "zone": zone,
        "members": [
            one["InstanceId"] for one in groups.serving(group) if one["AvailabilityZone"] == zone
        ],
    }


def _leave(zone: str, group: groups.Group, autoscaling: Any, ec2: Any) -> None:
    name = group["AutoScalingGroupName"]
    rest = groups.subnets_outside(zone, group, ec2)
    if not rest:
        raise DrillRefused(f"{name} is in {zone} alone: it has no other zone to come back in")
    with raising({}, f"Auto Scaling group {name}"):
        autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=name, VPCZoneIdentifier=",".join(rest)
        )
