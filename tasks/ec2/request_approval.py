"""Ask people to approve an EC2 operation: record the question and tell them."""

from typing import Any

from tasks import questions
from tasks.runtime import client, setting, task

PERMISSIONS = questions.PERMISSIONS

DEEDS = {
    "start": "start",
    "stop": "stop",
    "hibernate": "hibernation",
    "reboot": "reboot",
    "resize": "resizing",
    "replace": "replacement",
    "snapshot": "snapshot",
    "patch": "patching",
    "terminate": "termination",
    "enforce_imdsv2": "enforcement of IMDSv2",
    "isolate": "isolation",
    "release_isolation": "release from isolation",
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    identifier = questions.ask(
        pending(request),
        table=setting("STATE_TABLE"),
        topic=setting("NOTIFICATION_TOPIC"),
        dynamodb=client("dynamodb"),
        sns=client("sns"),
    )
    return {"id": identifier}


def pending(request: dict[str, Any]) -> dict[str, Any]:
    """Put the question together as a record of the state table.

    The changes are the plan's own lines, which name every instance that is to be terminated;
    the digest is that of the list of all instances, so that no other list can be approved.
    """
    plan = request["plan"]
    return questions.pending(
        request,
        subject(plan),
        plan["lines"],
        action=plan["action"],
        operation=plan["operation"],
        because="; ".join(plan["approval"]["reasons"]),
        plan=f"daytwo ec2 show {plan['operation']}",
    )


def subject(plan: dict[str, Any]) -> str:
    """Name what is to be approved: "the termination of 3 instances of financial in prod"."""
    instances = "1 instance" if plan["to_act"] == 1 else f"{plan['to_act']:,} instances"
    return (
        f"the {DEEDS[plan['action']]} of {instances} of {plan['system']} in {plan['environment']}"
    )
