"""Look whether the new instances of a batch run and pass their status checks."""

from typing import Any

from tasks import stacks
from tasks.fleets import fleet, replacements, sightings, transitions
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeInstances": "*",
    "ec2:DescribeInstanceStatus": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
FAILED = "ReplacementFailed"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    work = check(
        request["work"],
        replacements.by_old(request["replacements"]),
        operation["options"]["status_checks"],
        request["most_rounds"],
        client("ec2", operation["target"]),
    )
    return {"work": work}


def check(
    work: dict[str, Any],
    stands_for: dict[str, str],
    status_checks: bool,
    most_rounds: int,
    ec2: Any,
) -> dict[str, Any]:
    """Sort the old ones by how their new ones are; no old one is touched yet."""
    work = fleet.look(work)
    new = [stands_for[one] for one in work["acted"]]
    seen = sightings.with_checks(new, ec2) if status_checks else sightings.of(new, ec2)
    ended = [one for one in new if seen[one].state in ("stopped", *transitions.GONE)]
    seen |= sightings.of(ended, ec2) if status_checks else {}
    last = work["rounds"] >= most_rounds
    failures: dict[str, fleet.Failure] = {}
    for one in work["acted"]:
        found = seen[stands_for[one]]
        if found.state in ("stopped", *transitions.GONE):
            failures[one] = FAILED, f"{stands_for[one]} is {found.state}: {found.why}"
        elif last and not found.arrived("running"):
            _, why = found.late("running", work["rounds"])
            failures[one] = FAILED, f"{stands_for[one]} did not come up. {why}"
    there = [one for one in work["acted"] if seen[stands_for[one]].arrived("running")]
    work = fleet.fail(fleet.reach(work, there), failures, changed=False)
    return fleet.time_out(work, changed=False) if last else work
