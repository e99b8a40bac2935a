"""Look whether instances, or their replacements, serve: healthy, and in service in their group."""

from dataclasses import dataclass
from typing import Any

from tasks import stacks
from tasks.fleets import fleet, service
from tasks.fleets.service import Place
from tasks.runtime import client, task

PERMISSIONS = {
    "autoscaling:DescribeAutoScalingInstances": "*",
    "elasticloadbalancing:DescribeTargetHealth": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}

# Elastic Load Balancing, "Health checks for your target groups": unused says that no load
# balancer sends traffic to the group, unavailable that its health checks are off.
SERVING = ("healthy", "unavailable")
NO_TRAFFIC = "Target.NotInUse"
IN_SERVICE = "InService"


@dataclass(frozen=True)
class Expected:
    """Who serves in which place, and whether being registered there is enough."""

    served_by: dict[str, str]
    places: dict[str, Place]
    healthy: bool = True


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    stands_for = {one["instance_id"]: one["replacement"] for one in request["replacements"]}
    places = {one["instance_id"]: service.place(one, operation) for one in request["instances"]}
    if stands_for:
        places = {one: Place(place.target_groups) for one, place in places.items()}
    expected = Expected(
        {one: stands_for.get(one, one) for one in places}, places, request["wait_healthy"]
    )
    work, late = check(
        request["work"],
        expected,
        client("elbv2", operation["target"]),
        client("autoscaling", operation["target"]),
    )
    if work["rounds"] >= request["most_rounds"]:
        work = fleet.fail(work, late, changed=not stands_for)
        work = fleet.time_out(work, changed=not stands_for)
    return {"work": work}


def check(
    work: dict[str, Any], expected: Expected, elbv2: Any, autoscaling: Any
) -> tuple[dict[str, Any], dict[str, fleet.Failure]]:
    """Give the work after this look, and of whoever does not serve yet what is in the way."""
    work = fleet.look(work)
    places = {one: expected.places[one] for one in work["acted"]}
    health = service.health(places.values(), elbv2)
    states = service.lifecycles(places, autoscaling)
    late: dict[str, fleet.Failure] = {}
    for one, place in places.items():
        if words := _missing(expected.served_by[one], place, health, expected.healthy):
            late[one] = "TargetUnhealthy", words
        elif place.group and states.get(one) != IN_SERVICE:
            state = states.get(one, "no member any more")
            late[one] = "NotInService", f"In the Auto Scaling group {place.group} it is {state}."
    return fleet.reach(work, [one for one in places if one not in late]), late


def _missing(instance_id: str, place: Place, health: service.Health, healthy: bool) -> str:
    """Say in which target group an instance does not serve, and why; one deleted is no place."""
    for arn, port in place.target_groups:
        if arn not in health:
            continue
        found = health[arn].get((instance_id, port), {"State": "not registered"})
        serves = found["State"] in SERVING or found.get("Reason") == NO_TRAFFIC
        if not serves and (healthy or found["State"] == "not registered"):
            why = found.get("Description") or found.get("Reason") or ""
            name = arn.rpartition("targetgroup/")[2].partition("/")[0]
            said = f"{instance_id} is {found['State']} in target group {name}"
            return f"{said}: {why}" if why else f"{said}."
    return ""
