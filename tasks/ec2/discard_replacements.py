"""Terminate the new instances of a batch whose old ones were not replaced."""

from typing import Any

from tasks import stacks
from tasks.errors import Throttled
from tasks.fleets import fleet, instances, replacements, service, transitions
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeInstances": "*",
    "ec2:TerminateInstances": INSTANCE_ARN,
    "elasticloadbalancing:DeregisterTargets": service.TARGET_GROUP_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    target = operation["target"]
    work = discard(
        request["work"],
        {one["instance_id"]: service.place(one, operation) for one in request["instances"]},
        replacements.by_old(request["replacements"]),
        operation["id"],
        request["interrupted"],
        client("ec2", target),
        client("elbv2", target),
    )
    return {"work": work}


def discard(
    work: dict[str, Any],
    places: dict[str, service.Place],
    stands_for: dict[str, str],
    operation: str,
    interrupted: bool,
    ec2: Any,
    elbv2: Any,
) -> dict[str, Any]:
    """Terminate the replacements of those who failed and still live, or of all who do.

    `interrupted` says that the batch broke: then nobody is replaced who is not gone yet. An
    old one that is gone keeps its replacement. What the work does not know is found by its
    tags. Only `failed` of the work changes. Raises Throttled where some are still to be
    terminated.
    """
    failed = list(places) if interrupted else [one["instance_id"] for one in work["failed"]]
    stands_for = {**replacements.tagged(operation, failed, ec2), **stands_for}
    found = instances.describe(failed, ec2)
    gone = [one for one in failed if transitions.state_of(found.get(one)) in transitions.GONE]
    vain = {one: stands_for[one] for one in failed if one in stands_for and one not in gone}
    service.with_targets(
        {new: service.Place(places[old].target_groups) for old, new in vain.items()},
        lambda arn, targets: elbv2.deregister_targets(TargetGroupArn=arn, Targets=targets),
    )
    outcome = instances.act_on(vain.values(), lambda ids: ec2.terminate_instances(InstanceIds=ids))
    if outcome.left:
        raise Throttled(f"{len(outcome.left)} replacements are still to be terminated.")
    news: dict[str, tuple[bool, str]] = {}
    for one in work["failed"]:
        old = one["instance_id"]
        new = stands_for.get(old, "")
        if old in gone and new:
            news[old] = (one["changed"], f"It is terminated, and {new} is in its place.")
        elif new in outcome.refused:
            news[old] = (True, f"Its replacement {new} is still there: {outcome.refused[new][1]}")
        elif new:
            news[old] = (one["changed"], f"Its replacement {new} was discarded.")
    return fleet.amend(work, news)
