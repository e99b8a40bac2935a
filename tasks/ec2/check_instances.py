"""Look whether the instances of a batch are where they should be, and who never will be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tasks import stacks
from tasks.fleets import fleet, sightings, transitions
from tasks.fleets.fleet import Failure
from tasks.fleets.sightings import Sighting
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeInstances": "*",
    "ec2:DescribeInstanceStatus": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}

# Actions of which the state and the type tell whether an instance was changed.
TOLD_BY_STATE = ("start", "stop", "hibernate", "resize", "terminate")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    ec2 = client("ec2", request["operation"]["target"])
    return {"work": check(request, ec2)}


def check(request: Mapping[str, Any], ec2: Any) -> dict[str, Any]:
    """Sort whoever was acted on into those who arrived, those who failed and the others.

    An instance that fell back to stopped after its start was accepted, or that somebody
    terminated meanwhile, has failed; after the last round so has everybody who is not there,
    also who could not be acted on at all. Raises Throttled or Unavailable.
    """
    work, goal = fleet.look(request["work"]), request["goal"]
    looks, last = work["rounds"], work["rounds"] >= request["most_rounds"]
    seen = look_at(work["acted"], goal, request["status_checks"], ec2)
    failures = {
        one: why
        for one, sighting in seen.items()
        if (why := trouble(sighting, request["operation"]["action"], goal, looks))
    }
    arrived = (one for one, sighting in seen.items() if sighting.arrived(goal))
    work = fleet.reach(work, [one for one in arrived if one not in failures])
    if last:
        late = [one for one in fleet.unfinished(work) if one not in failures]
        seen |= in_detail(seen, late, ec2)
        failures |= {one: seen[one].late(goal, looks) for one in late}
    return fleet.fail(work, failures, changed(failures, seen, request))


def look_at(ids: list[str], goal: str, status_checks: bool, ec2: Any) -> dict[str, Sighting]:
    """Look at the instances with as few calls as tell what has to be known."""
    if goal != "running" or not status_checks:
        return sightings.of(ids, ec2)
    seen = sightings.with_checks(ids, ec2)
    odd = [one for one in ids if seen[one].state in ("stopped", *transitions.GONE)]
    return seen | in_detail(seen, odd, ec2)


def in_detail(seen: Mapping[str, Sighting], ids: list[str], ec2: Any) -> dict[str, Sighting]:
    """Look again at those of whom type and reason are not known, and keep their checks."""
    unknown = [one for one in ids if one not in seen or not seen[one].type]
    return {
        one: replace(sighting, checks=seen[one].checks if one in seen else ())
        for one, sighting in sightings.of(unknown, ec2).items()
    }


def trouble(sighting: Sighting, action: str, goal: str, looks: int) -> Failure | None:
    """Say what went wrong for good with one instance, if anything did."""
    if action == "hibernate" and goal == "stopped":
        return sighting.trouble(goal, looks) or sightings.shut_down(sighting)
    return sighting.trouble(goal, looks)


def changed(
    failures: Mapping[str, Failure], seen: Mapping[str, Sighting], request: Mapping[str, Any]
) -> list[str]:
    """Give those failed who may be other than before the operation.

    Of an instance that somebody else terminated nothing is left that could be put back.
    """
    before = {one["instance_id"]: one for one in request["instances"]}
    acted = request["work"]["acted"]
    told = request["operation"]["action"] in TOLD_BY_STATE
    return [
        one
        for one, (error, _) in failures.items()
        if error != transitions.TERMINATED
        and (seen[one].other_than(before[one]) or (one in acted and not told))
    ]
