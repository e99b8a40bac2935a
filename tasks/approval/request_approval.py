"""Ask people to approve a promotion: record the question and tell them."""

from typing import Any

from tasks import questions
from tasks.runtime import client, setting, task

PERMISSIONS = questions.PERMISSIONS


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
    """Put the question together as a record of the state table."""
    plan = request["plan"]
    return questions.pending(
        request,
        f"the promotion of {plan['system']} {plan['release']} to {plan['environment']}",
        changes(plan, request["change_set"]),
        release=plan["release"],
        change_set=request["change_set"]["arn"],
    )


def changes(plan: dict[str, Any], change_set: dict[str, Any]) -> list[str]:
    """Say in words what the promotion will change, one line each."""
    before = plan["previous"]["release"] or "nothing"
    lines = [
        f"function {entry['function']}: from {before} to {plan['release']}"
        for entry in plan["functions"]
    ]
    if plan["site"]["present"]:
        lines.append(f"site {plan['site']['bucket']}: from {before} to {plan['release']}")
    for change in change_set["changes"]:
        replaced = {"True": " (replaced)", "Conditional": " (may be replaced)"}
        lines.append(
            f"stack {plan['stack']['name']}: {change['action'].lower()} {change['type']} "
            f"{change['id']}{replaced.get(change.get('replacement', ''), '')}"
        )
    return lines
