"""Look whether an Auto Scaling group serves again as before, and how few served meanwhile."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import groups, standing
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **groups.DESCRIBE,
    "elasticloadbalancing:DescribeTargetHealth": "*",
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    target = drill["target"]["target"]
    return look(request, client("autoscaling", target), client("elbv2", target))


def look(request: dict[str, Any], autoscaling: Any, elbv2: Any) -> dict[str, Any]:
    """Count who serves: members in service, and healthy in each of the group's target groups.

    With `expect` "recovered" it is done when as many serve as are desired, without those lost
    and outside of the zone that was lost; with "returned" when a member serves in that zone
    again. `least_seen` is the fewest that served at any look so far, which the check of the
    least in service is about: what nobody looked at, it cannot tell. Raises GroupUnknown.
    """
    lost, zone = request["lost"], request["zone"]
    group = groups.find(request["component"]["resource"], autoscaling)
    away = zone if request["expect"] == "recovered" else ""
    members = groups.serving(group, lost, away)
    healthy = _healthy(group, {one["InstanceId"] for one in members}, elbv2)
    serving = [one for one in members if one["InstanceId"] in healthy]
    least = min(request["least_seen"], len(serving))
    enough = len(serving) >= group["DesiredCapacity"]
    back = away or not zone or any(one["AvailabilityZone"] == zone for one in serving)
    done = bool(enough and back)
    return {
        "done": done,
        "state": f"{len(serving)} of {group['DesiredCapacity']} serve",
        "lost": lost,
        "zone": zone,
        "least_seen": least,
        "checks": _checks(request, group, serving, least) if done else [],
    }


def _healthy(group: groups.Group, members: set[str], elbv2: Any) -> set[str]:
    for arn in group.get("TargetGroupARNs", []):
        with raising({}, arn):
            reply = elbv2.describe_target_health(TargetGroupArn=arn)
        members = members & {
            entry["Target"]["Id"]
            for entry in reply["TargetHealthDescriptions"]
            if entry["TargetHealth"]["State"] == "healthy"
        }
    return members


def _checks(
    request: Mapping[str, Any], group: groups.Group, serving: list[dict[str, Any]], least: int
) -> list[dict[str, Any]]:
    allowed = request["component"]["target_config"]["least_in_service"]
    zones = sorted({one["AvailabilityZone"] for one in serving})
    returned = request["expect"] == "returned"
    return [
        {
            "name": "the zone serves again" if returned else "members in service",
            "verdict": "PASS",
            "expected": f"{group['DesiredCapacity']} or more, healthy in each target group",
            "observed": f"{len(serving)} in {', '.join(zones)}",
        },
        {
            "name": "least in service" if not returned else "least in service on the way back",
            "verdict": "PASS" if least >= allowed else "FAIL",
            "expected": f"{allowed} or more at every look",
            "observed": str(least),
        },
    ]
