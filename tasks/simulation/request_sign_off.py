"""Ask a team to sign the result of a simulation off: record the question and tell them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tasks import questions
from tasks.drills import clocks
from tasks.runtime import client, iso, setting, task
from tasks.simulations import folders

PERMISSIONS = questions.PERMISSIONS

Values = Mapping[str, Any]


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


def pending(asked: Values) -> dict[str, Any]:
    """Put the question together as a record of the state table, under an id of the team's own.

    The digest is that of the results, so that all teams sign the same.
    """
    plan, team, results = asked["plan"], asked["team"], asked["results"]
    told = plan["simulation"]
    late = " (overdue)" if asked["overdue"] else ""
    seconds = 0 if asked["overdue"] else plan["sign_off_seconds"]
    question = {
        "plan": {
            "system": told["system"],
            "environment": "simulation",
            "digest": results["digest"],
            "approval": {"roles": [team["role"]], "expires_seconds": plan["sign_off_seconds"]},
        },
        "request": {"requested_by": told["requested_by"], "reason": told["reason"]},
        "execution": told["execution"],
        "task_token": asked["task_token"],
    }
    record = questions.pending(
        question,
        f"the sign-off of {team['name']} under the simulation of {told['system']}{late}",
        results["lines"],
        plan=f"daytwo simulation show {told['id']}",
        team=team["name"],
        simulation=told["id"],
        overdue=asked["overdue"],
        due_at=iso(clocks.instant(asked["now"]) + timedelta(seconds=seconds)),
    )
    return {**record, **folders.sign_off_key(told["execution"]["id"], team["name"])}
