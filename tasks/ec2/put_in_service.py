"""Put instances back in service: out of standby, and into their load balancers."""

from dataclasses import dataclass
from typing import Any

from tasks import stacks
from tasks.fleets import fleet, instances, places, service, sightings
from tasks.fleets.service import Place
from tasks.runtime import client, setting, task

PERMISSIONS = {
    "autoscaling:DescribeAutoScalingInstances": "*",
    "autoscaling:ExitStandby": service.AUTO_SCALING_GROUP_ARN,
    "dynamodb:DeleteItem": "${StateTable.Arn}",
    "dynamodb:PutItem": "${StateTable.Arn}",
    "ec2:DescribeInstances": "*",
    "elasticloadbalancing:RegisterTargets": service.TARGET_GROUP_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}

STANDBY = "Standby"
LIVING = ("pending", "running", "stopping", "stopped")
# After these, who does not run any more, or does not exist, is where it should be.
MEANT_TO_STOP = ("stop", "hibernate")
MEANT_TO_END = ("terminate", "replace")


@dataclass(frozen=True)
class Clients:
    """What the core talks to."""

    ec2: Any
    elbv2: Any
    autoscaling: Any
    dynamodb: Any
    table: str


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    target = request["operation"]["target"]
    clients = Clients(
        client("ec2", target),
        client("elbv2", target),
        client("autoscaling", target),
        client("dynamodb"),
        setting("STATE_TABLE"),
    )
    work, operation = request["work"], request["operation"]
    planned = {one["instance_id"]: one for one in request["instances"]}
    if request["replacements"]:
        return {"work": replace(work, planned, operation, request["replacements"], clients)}
    return {"work": put_in(work, planned, operation, clients)}


def put_in(
    work: dict[str, Any],
    planned: dict[str, dict[str, Any]],
    operation: dict[str, Any],
    clients: Clients,
) -> dict[str, Any]:
    """Give each instance its place again, also those that failed.

    Who does not run has its place kept until it is started. Who fails to get its place back
    is changed. What an isolation's release left isolated stays out of service.
    """
    failed = {one["instance_id"] for one in work["failed"]}
    if operation["action"] == "release_isolation":
        failed = set()
    wanted = {one: service.place(planned[one], operation) for one in (*work["pending"], *failed)}
    states = _states(wanted, clients.ec2)
    running = {one: place for one, place in wanted.items() if states[one] == "running" and place}
    resting = [one for one, state in states.items() if state in ("stopping", "stopped")]
    places.keep(
        {one: wanted[one] for one in resting if wanted[one]},
        operation["id"],
        clients.table,
        clients.dynamodb,
    )
    result = enter(running, {one: one for one in running}, clients)
    if operation["action"] == "start":
        places.forget(result.accepted(running), clients.table, clients.dynamodb)
    work = _settle(work, planned, operation["action"], states)
    waiting = {one for one, state in states.items() if state == "pending" and wanted[one]}
    work = fleet.reach(work, [one for one in work["pending"] if one not in {*running, *waiting}])
    work = fleet.accept(work, result.accepted(running))
    work = fleet.fail(work, result.refused, changed=True)
    return fleet.amend(
        work,
        {
            one: (True, f"It is not back in service: {reason}")
            for one, (_, reason) in result.refused.items()
            if one in failed
        },
    )


def replace(
    work: dict[str, Any],
    planned: dict[str, dict[str, Any]],
    operation: dict[str, Any],
    replacements: list[dict[str, Any]],
    clients: Clients,
) -> dict[str, Any]:
    """Give each pending instance's replacement the same target groups; the old one stays in."""
    stands_for = {one["instance_id"]: one["replacement"] for one in replacements}
    wanted = {
        one: Place(service.place(planned[one], operation).target_groups)
        for one in work["pending"]
        if one in stands_for
    }
    entering = {one: place for one, place in wanted.items() if place}
    result = enter(entering, stands_for, clients)
    work = fleet.reach(work, [one for one in wanted if one not in entering])
    work = fleet.fail(work, result.refused, changed=False)
    return fleet.accept(work, result.accepted(entering))


def enter(wanted: dict[str, Place], stands_for: dict[str, str], clients: Clients) -> service.Result:
    """Let running instances, or those that stand for them, leave standby and be registered."""
    states = service.lifecycles(wanted, clients.autoscaling)
    result = service.with_members(
        wanted,
        [one for one, state in states.items() if state == STANDBY],
        lambda group, ids: clients.autoscaling.exit_standby(
            InstanceIds=ids, AutoScalingGroupName=group
        ),
    )
    registered = service.with_targets(
        {one: wanted[one] for one in result.accepted(wanted)},
        lambda arn, targets: clients.elbv2.register_targets(
            TargetGroupArn=arn,
            Targets=[{**target, "Id": stands_for[target["Id"]]} for target in targets],
        ),
    )
    result.refused |= registered.refused
    result.left |= registered.left
    return result


def _states(ids: dict[str, Place], ec2: Any) -> dict[str, str]:
    found = instances.describe(ids, ec2)
    return {one: found[one]["State"]["Name"] if one in found else "terminated" for one in ids}


def _settle(
    work: dict[str, Any],
    planned: dict[str, dict[str, Any]],
    action: str,
    states: dict[str, str],
) -> dict[str, Any]:
    """Fail those pending who neither run nor are meant not to."""
    failures: dict[str, fleet.Failure] = {}
    for one in work["pending"]:
        state = states[one]
        ran = planned[one]["state"] == "running" or action == "start"
        if state not in LIVING and action not in MEANT_TO_END:
            failures[one] = sightings.gone("")
        elif state in ("stopping", "stopped") and ran and action not in MEANT_TO_STOP:
            failures[one] = (
                "NotRunning",
                f"It is {state} and should run; start it and it has its place again.",
            )
    rest = [one for one, state in states.items() if state in LIVING]
    return fleet.fail(work, failures, changed=rest)
