"""Look whether IMDSv2 is in force on the instances of a batch."""

from typing import Any

from tasks import stacks
from tasks.fleets import fleet, imdsv2, instances, sightings, transitions
from tasks.runtime import client, task

PERMISSIONS = {"ec2:DescribeInstances": "*", "sts:AssumeRole": stacks.TARGET_ROLES}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"])
    hop_limit = operation["options"]["hop_limit"]
    return {"work": check(request["work"], hop_limit, request["most_rounds"], ec2)}


def check(work: dict[str, Any], hop_limit: int, most_rounds: int, ec2: Any) -> dict[str, Any]:
    """Sort whom EC2 was asked for: in force, not yet, or terminated meanwhile."""
    work = fleet.look(work)
    found = instances.describe(work["acted"], ec2)
    gone = [
        one for one in work["acted"] if transitions.state_of(found.get(one)) in transitions.GONE
    ]
    there = [
        one
        for one, entry in found.items()
        if imdsv2.required(entry, hop_limit) and imdsv2.in_force(entry)
    ]
    work = fleet.fail(work, dict.fromkeys(gone, sightings.gone("")), changed=False)
    work = fleet.reach(work, there)
    if work["rounds"] < most_rounds:
        return work
    asked = work["acted"]
    return fleet.time_out(work, changed=asked, reason="IMDSv2 is not in force in time.")
