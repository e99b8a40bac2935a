"""Look whether instances are out of service: drained, and on standby."""

from typing import Any

from tasks import stacks
from tasks.fleets import fleet, service
from tasks.runtime import client, task

PERMISSIONS = {
    "autoscaling:DescribeAutoScalingInstances": "*",
    "elasticloadbalancing:DescribeTargetHealth": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}

OUT = "Standby"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    target = request["operation"]["target"]
    places = {
        one["instance_id"]: service.place(one, request["operation"]) for one in request["instances"]
    }
    work = check(
        request["work"],
        places,
        request["most_rounds"],
        request["operation"]["action"] == "isolate",
        client("elbv2", target),
        client("autoscaling", target),
    )
    return {"work": work}


def check(
    work: dict[str, Any],
    places: dict[str, service.Place],
    most_rounds: int,
    isolating: bool,
    elbv2: Any,
    autoscaling: Any,
) -> dict[str, Any]:
    """Say who has left every target group and its Auto Scaling group's service.

    Who takes too long is not changed: it is put back in service, which ends its draining;
    but for those who are `isolating`, who are cut off by then and stay so.
    """
    work = fleet.look(work)
    leaving = {one: places[one] for one in work["acted"]}
    registered = service.health(leaving.values(), elbv2)
    states = service.lifecycles(leaving, autoscaling)
    out = [
        one
        for one, place in leaving.items()
        if states.get(one, OUT) == OUT
        and not any((one, port) in registered.get(arn, {}) for arn, port in place.target_groups)
    ]
    work = fleet.reach(work, out)
    if work["rounds"] < most_rounds:
        return work
    return fleet.time_out(
        work,
        changed=isolating,
        reason="It was not out of service in time: draining or standby took too long.",
    )
