"""Ask people to approve a drill: record the question and tell them."""

from typing import Any

from tasks import questions
from tasks.runtime import client, setting, task

PERMISSIONS = questions.PERMISSIONS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    identifier = questions.ask(
        pending(request["plan"], request["task_token"]),
        table=setting("STATE_TABLE"),
        topic=setting("NOTIFICATION_TOPIC"),
        dynamodb=client("dynamodb"),
        sns=client("sns"),
    )
    return {"id": identifier}


def pending(plan: dict[str, Any], task_token: str) -> dict[str, Any]:
    """Put the question together as a record of the state table.

    The digest is the whole plan's, so that no other plan can be approved.
    """
    drill = plan["drill"]
    asked = {
        "plan": plan,
        "request": {"requested_by": drill["requested_by"], "reason": plan["reason"]},
        "execution": drill["execution"],
        "task_token": task_token,
    }
    subject = f"the drill {drill['scenario']} of {plan['system']} in {plan['environment']}"
    return questions.pending(
        asked, subject, plan["lines"], drill=drill["id"], plan=f"daytwo drill show {drill['id']}"
    )
