"""Judge whether the steps after one that failed are still to be done."""

import json
from collections.abc import Mapping
from typing import Any

from tasks.runtime import task
from tasks.schedules.periods import ON

PERMISSIONS: dict[str, str] = {}

# How an operation ends that has done a part of what it was to do.
PARTLY = "Incomplete"
LONGEST_CAUSE = 400


@task
def handler(request: Any, context: Any) -> Any:
    return judge(
        request["step"],
        request["goal"],
        request["failure"],
        request["trouble"],
        left=request["of"] - request["number"] - 1,
    )


def judge(
    step: Mapping[str, Any], goal: str, failure: Mapping[str, str], trouble: str, left: int
) -> dict[str, Any]:
    """Give whether to go on, and what went wrong so far in words.

    On a start, a tier of which a part runs is enough for the next one. On a stop nothing
    goes on: what still runs may need the tiers that would be stopped next. `left` is how
    many steps come after this one.
    """
    error, cause = _told(failure)
    words = f"{_step(step)} ended as {error}: {cause[:LONGEST_CAUSE].rstrip('.')}."
    go_on = goal == ON and step["kind"] == "operation" and error == PARTLY
    if left and not go_on:
        words += f" What comes after it, {left} more, was not begun."
    return {"go_on": go_on, "trouble": f"{trouble} {words}".strip()}


def _step(step: Mapping[str, Any]) -> str:
    if step["kind"] == "capacity":
        return f"setting the capacity of {step['group']}"
    return f"the {step['action']} of {step['instances']} instances in tier {step['tier']!r}"


def _told(failure: Mapping[str, str]) -> tuple[str, str]:
    """Read who failed and why out of what a state that failed gives as its cause.

    An execution that was waited for gives its description, a function its error (Step
    Functions Developer Guide, "Start workflow executions from a task state").
    """
    error, cause = failure["Error"], failure["Cause"]
    try:
        described = json.loads(cause)
    except ValueError:
        return error, cause
    if not isinstance(described, dict):
        return error, cause
    if "errorMessage" in described:
        return error, str(described["errorMessage"])
    status = str(described.get("Status", error))
    return str(described.get("Error") or status), str(described.get("Cause") or "no cause is given")
