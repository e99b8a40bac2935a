"""Take instances out of service: Auto Scaling standby, then out of their load balancers."""

from typing import Any

from tasks import stacks
from tasks.fleets import fleet, service
from tasks.runtime import client, task

PERMISSIONS = {
    "autoscaling:DescribeAutoScalingInstances": "*",
    "autoscaling:EnterStandby": service.AUTO_SCALING_GROUP_ARN,
    "elasticloadbalancing:DeregisterTargets": service.TARGET_GROUP_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}

LEAVING = ("EnteringStandby", "Standby")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    target = request["operation"]["target"]
    work = take_out(
        request["work"],
        {
            one["instance_id"]: service.place(one, request["operation"])
            for one in request["instances"]
        },
        isolating=request["operation"]["action"] == "isolate",
        elbv2=client("elbv2", target),
        autoscaling=client("autoscaling", target),
    )
    if request["at_once"]:
        return {"work": fleet.reach(request["work"], request["work"]["pending"])}
    return {"work": work}


def take_out(
    work: dict[str, Any],
    places: dict[str, service.Place],
    isolating: bool,
    elbv2: Any,
    autoscaling: Any,
) -> dict[str, Any]:
    """Let each pending instance leave its place; who has none is there already.

    Standby first: a group with load balancer health checks would replace a member that is
    merely deregistered. Only for those who are `isolating` the group launches another one.
    They are looked after twice: at once, whatever comes of it, and when they are cut off; who
    cannot leave by then is changed.
    """
    leaving = {one: places[one] for one in work["pending"] if places[one]}
    work = fleet.reach(work, [one for one in work["pending"] if one not in leaving])
    states = service.lifecycles(leaving, autoscaling)
    serving = [one for one, state in states.items() if state not in LEAVING]
    result = service.with_members(
        leaving,
        serving,
        lambda group, ids: autoscaling.enter_standby(
            InstanceIds=ids,
            AutoScalingGroupName=group,
            ShouldDecrementDesiredCapacity=not isolating,
        ),
    )
    outside = {one: leaving[one] for one in result.accepted(leaving)}
    deregistered = service.with_targets(
        outside,
        lambda arn, targets: elbv2.deregister_targets(TargetGroupArn=arn, Targets=targets),
    )
    work = fleet.fail(work, {**result.refused, **deregistered.refused}, changed=isolating)
    return fleet.accept(work, deregistered.accepted(outside))
