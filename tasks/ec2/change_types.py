"""Give the stopped instances of a batch another type."""

from typing import Any

from tasks import stacks
from tasks.errors import Throttled
from tasks.fleets import fleet, instances, transitions
from tasks.fleets.each import act_on_each
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeInstances": "*",
    "ec2:ModifyInstanceAttribute": INSTANCE_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"])
    kind = operation["options"]["instance_type"]
    return {"work": change(request["instances"], request["work"], kind, ec2)}


def change(
    batch: list[dict[str, Any]], work: dict[str, Any], kind: str, ec2: Any
) -> dict[str, Any]:
    """Change the type of all who are pending; EC2 takes one instance a call.

    Who had run is changed where it is refused, for it was stopped. Raises Throttled where
    the call is still to be made for some: the next try finds by a look who is left.
    """
    found = instances.describe(work["pending"], ec2)
    done = [one for one, entry in found.items() if entry["InstanceType"] == kind]
    outcome = act_on_each(
        transitions.without(work["pending"], done),
        lambda one: ec2.modify_instance_attribute(InstanceId=one, InstanceType={"Value": kind}),
    )
    if outcome.left:
        raise Throttled(f"{len(outcome.left)} instances are still to be made {kind}.")
    outcome.refused |= {
        one: transitions.unable(transitions.MISSING, transitions.STOP)
        for one in outcome.refused
        if transitions.state_of(found.get(one)) in transitions.GONE
    }
    stopped = [
        one["instance_id"]
        for one in batch
        if one["state"] != "stopped"
        and outcome.refused.get(one["instance_id"], ("",))[0] != transitions.TERMINATED
    ]
    work = fleet.fail(work, outcome.refused, changed=stopped)
    return fleet.reach(work, work["pending"])
