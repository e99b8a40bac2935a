"""Make an improvement action of each finding, and mark those that a green drill tested again."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import actions, ops_center, records
from tasks.drills.verdicts import PASS
from tasks.errors import AccessRefused, AwsCallFailed
from tasks.runtime import client, log, setting, task

PERMISSIONS = {
    **records.PERMISSIONS,
    **ops_center.PERMISSIONS,
    "dynamodb:PutItem": "${StateTable.Arn}",
    "dynamodb:UpdateItem": "${StateTable.Arn}",
}
TIMEOUT = 60

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return record(
        request["plan"],
        request["judgement"],
        request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        ssm=client("ssm"),
    )


def record(
    plan: Values, judgement: Values, now: str, table: str, dynamodb: Any, ssm: Any
) -> dict[str, Any]:
    """Record the findings; the same finding of another drill is the same action, seen again.

    An action is marked by a green drill that its component took part in. Without OpsCenter the
    actions alone remain, and the answer says why.
    """
    drill = plan["drill"]
    known = actions.standing(drill, table, dynamodb)
    opened, again = [], []
    for finding in judgement["findings"]:
        action = actions.of_finding(finding, known)
        if action is None or action["drill"] == drill["id"]:
            action = action or _new(plan, finding, now)
            actions.put(action, table, dynamodb)
            opened.append(action)
        else:
            actions.found_again(action, finding, drill["id"], table, dynamodb)
            again.append(action)
    seen = {action["sk"] for action in (*opened, *again)}
    tested = [
        action for action in known if action["sk"] not in seen and _tests(plan, judgement, action)
    ]
    for action in tested:
        actions.retested(action, drill["id"], now, table, dynamodb)
    items, refused = _told(opened, table, dynamodb, ssm)
    return {
        "opened": [action["sk"] for action in opened],
        "seen_again": [action["sk"] for action in again],
        "retested": [action["sk"] for action in tested][:200],
        "ops_items": items,
        "ops_center": refused,
    }


def _new(plan: Values, finding: Values, now: str) -> actions.Action:
    """Make an action that knows how many components the drill had that found it."""
    return {**actions.new(plan, finding, now), "components": plan["component_count"]}


def _tests(plan: Values, judgement: Values, action: Values) -> bool:
    """Tell whether the drill is green and had to do with what the action is about.

    What is about the drill as a whole is not tested by one of fewer components.
    """
    if judgement["verdict"] != PASS:
        return False
    if not action["component"]:
        return bool(plan["component_count"] >= action.get("components", 0))
    return action["component"] in {outcome["component"] for outcome in judgement["outcomes"]}


def _told(
    opened: list[actions.Action], table: str, dynamodb: Any, ssm: Any
) -> tuple[list[str], str]:
    """Open OpsItems; where the account has no OpsCenter, that is said and no error."""
    items: list[str] = []
    for action in opened:
        try:
            item = action["ops_item"] or ops_center.open_item(action, ssm)
        except (AccessRefused, AwsCallFailed) as refused:
            log.warning("no OpsItem", extra={"action": action["sk"], "reason": str(refused)})
            return items, str(refused)[:600]
        actions.change(action, {"ops_item": item}, table, dynamodb)
        items.append(item)
    return items, ""
