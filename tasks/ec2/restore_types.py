"""Put type and run state of instances back that could not be resized, a step each round."""

from collections import defaultdict
from typing import Any

from tasks import stacks
from tasks.fleets import fleet, instances
from tasks.fleets.each import act_on_each
from tasks.fleets.fleet import Failure
from tasks.fleets.instances import INSTANCE_ARN, Outcome
from tasks.fleets.transitions import GONE, state_of
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeInstances": "*",
    "ec2:ModifyInstanceAttribute": INSTANCE_ARN,
    "ec2:StartInstances": INSTANCE_ARN,
    "ec2:StopInstances": INSTANCE_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300

# The next step of an instance.
BACK, LOST, WAIT, STOP, MODIFY, START = "back", "lost", "wait", "stop", "modify", "start"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    ec2 = client("ec2", request["operation"]["target"], attempts=1)
    planned = {one["instance_id"]: one for one in request["instances"]}
    return {"work": restore(planned, request["work"], request["most_rounds"], ec2)}


def restore(
    planned: dict[str, dict[str, Any]], work: dict[str, Any], most_rounds: int, ec2: Any
) -> dict[str, Any]:
    """Do the next step for each who failed and was changed; `done` when none is needed.

    Only `failed` and `rounds` of the work change. Who is back is not changed any more; who is
    not after the last round needs a person.
    """
    work = {**work, "rounds": work["rounds"] + 1}
    steps = _steps(planned, work, ec2)
    refused = _act(steps, planned, ec2)
    last = work["rounds"] >= most_rounds
    news: dict[str, tuple[bool, str]] = {}
    for one in steps[BACK]:
        news[one] = (False, f"It is {_before(planned[one])} again.")
    for one in steps[LOST]:
        news[one] = (False, "It was terminated meanwhile; there is nothing to put back.")
    under_way = [one for step in (WAIT, STOP, MODIFY, START) for one in steps[step]]
    for one in under_way if last else ():
        _, why = refused.get(one, ("", "It took too long."))
        news[one] = (True, f"It could not be made {_before(planned[one])} again: {why}")
    return {**fleet.amend(work, news), "done": last or not under_way}


def next_step(entry: dict[str, Any] | None, before: dict[str, Any]) -> str:
    """Say what brings an instance nearer to the type and the run state that it had.

    The type of a stopped instance only can be changed (Amazon EC2 User Guide, "Change the
    instance type for your instance").
    """
    state = state_of(entry)
    if entry is None or state in GONE:
        return LOST
    should_run = before["state"] in ("pending", "running")
    if state in ("pending", "stopping"):
        return WAIT
    if entry["InstanceType"] != before["type"]:
        return MODIFY if state == "stopped" else STOP
    if should_run:
        return BACK if state == "running" else START
    return STOP if state == "running" else BACK


def _steps(
    planned: dict[str, dict[str, Any]], work: dict[str, Any], ec2: Any
) -> dict[str, list[str]]:
    changed = [one["instance_id"] for one in work["failed"] if one["changed"]]
    found = instances.describe(changed, ec2)
    steps: dict[str, list[str]] = defaultdict(list)
    for one in changed:
        steps[next_step(found.get(one), planned[one])].append(one)
    return steps


def _act(
    steps: dict[str, list[str]], planned: dict[str, dict[str, Any]], ec2: Any
) -> dict[str, Failure]:
    """Make the calls; gives who was refused, which the next round tries again."""
    modified = act_on_each(
        steps[MODIFY],
        lambda one: ec2.modify_instance_attribute(
            InstanceId=one, InstanceType={"Value": planned[one]["type"]}
        ),
    )
    outcomes: list[Outcome] = [
        modified,
        instances.act_on(steps[STOP], lambda ids: ec2.stop_instances(InstanceIds=ids)),
        instances.act_on(steps[START], lambda ids: ec2.start_instances(InstanceIds=ids)),
    ]
    return {one: why for outcome in outcomes for one, why in outcome.refused.items()}


def _before(planned: dict[str, Any]) -> str:
    return f"{planned['type']} and {planned['state']}"
