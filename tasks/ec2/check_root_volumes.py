"""Look how far root volumes are put back; whoever has it again is as it was before."""

from typing import Any

from tasks import stacks
from tasks.fleets import root_volumes
from tasks.runtime import client, task

PERMISSIONS = {
    "ec2:DescribeReplaceRootVolumeTasks": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}

PUT_BACK = "Its root volume is back as it was before."


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    ec2 = client("ec2", operation["target"])
    return {"work": check(request["work"], operation["id"], request["most_rounds"], ec2)}


def check(work: dict[str, Any], operation: str, most_rounds: int, ec2: Any) -> dict[str, Any]:
    """Say of each failure whether its root volume is back; done when none is under way.

    EC2 calls a replacement succeeded when the instance is available again
    ("ReplaceRootVolumeTask"). A failure whose volume is back counts as unchanged.
    """
    wanted = root_volumes.to_put_back(work)
    found = root_volumes.replacements(operation, wanted, ec2) if wanted else {}
    states = {one: task["TaskState"] for one, task in found.items()}
    rounds = work["rounds"] + 1
    under_way = [one for one, state in states.items() if state in root_volumes.UNDER_WAY]
    whole = [one for one, state in states.items() if state == "succeeded"]
    said = {one: told(state) for one, state in states.items() if one not in under_way}
    late = rounds >= most_rounds
    if late:
        said |= dict.fromkeys(under_way, "Its root volume was not put back in time.")
    work = root_volumes.tell(work, said, whole)
    return {**work, "rounds": rounds, "done": late or not under_way}


def told(state: str) -> str:
    """Say what became of a root volume."""
    if state == "succeeded":
        return PUT_BACK
    if state == "failed":
        return "Its root volume could not be put back; the one it was patched on is attached."
    return "Its root volume could not be put back, and it may have none: look at it at once."
