"""Improvement actions: what a drill found, who mends it until when, and the drill that tests it."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from tasks import store
from tasks.drills import clocks, records
from tasks.runtime import iso, raising

# An action's status: to be mended; found mended by a later green drill; closed by a person.
OPEN = "open"
RETESTED = "retested"
CLOSED = "closed"

Values = Mapping[str, Any]
Action = dict[str, Any]


def standing(drill: Values, table: str, dynamodb: Any) -> list[Action]:
    """List the actions of the drill's system and scenario that nobody has closed."""
    found = records.partition(
        store.action("")["pk"],
        table,
        dynamodb,
    )
    return [
        action
        for action in found
        if (action["system"], action["scenario"]) == (drill["system"], drill["scenario"])
        and action["status"] != CLOSED
    ]


def new(plan: Values, finding: Values, now: str) -> Action:
    """Make an action of a finding; the same drill makes the same again."""
    drill = plan["drill"]
    text = f"{drill['id']}#{finding['component']}#{finding['kind']}"
    identifier = hashlib.sha256(text.encode()).hexdigest()[:10]
    due = clocks.instant(now) + timedelta(days=plan["due_days"])
    return {
        **store.action(identifier),
        "status": OPEN,
        "system": drill["system"],
        "scenario": drill["scenario"],
        "environment": plan["environment"],
        "component": finding["component"],
        "kind": finding["kind"],
        "text": finding["text"],
        "owner": plan["owner"],
        "opened_at": now,
        "due_at": iso(due),
        "drill": drill["id"],
        "last_drill": drill["id"],
        "seen": 1,
        "retest": f"daytwo drill {drill['system']} {drill['scenario']}",
        "retested_by": "",
        "retested_at": "",
        "ops_item": "",
    }


def put(action: Action, table: str, dynamodb: Any) -> None:
    """Write a new action, unless it is there."""
    with raising({}, f"action {action['sk']}"):
        try:
            dynamodb.put_item(
                TableName=table,
                Item=store.to_item(action),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return


def found_again(action: Values, finding: Values, drill: str, table: str, dynamodb: Any) -> None:
    """Say that a later drill found it as well: it is open, whatever was tested in between."""
    values = {
        "status": OPEN,
        "text": finding["text"],
        "last_drill": drill,
        "seen": action["seen"] + 1,
        "retested_by": "",
        "retested_at": "",
    }
    if action["last_drill"] != drill:
        change(action, values, table, dynamodb)


def retested(action: Values, drill: str, now: str, table: str, dynamodb: Any) -> None:
    """Say that a green drill did not find it any more, so that it may be closed."""
    if action["status"] == OPEN:
        values = {"status": RETESTED, "retested_by": drill, "retested_at": now}
        change(action, values, table, dynamodb)


def change(action: Values, values: Values, table: str, dynamodb: Any) -> None:
    """Set fields of an action that is there."""
    with raising({}, f"action {action['sk']}"):
        dynamodb.update_item(
            TableName=table,
            Key=store.to_item(store.action(action["sk"])),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues=store.to_item(
                {f":{name}": value for name, value in values.items()}
            ),
        )


def of_finding(finding: Values, actions: Iterable[Action]) -> Action | None:
    """Give the action about the same finding, if there is one."""
    for action in actions:
        if (action["component"], action["kind"]) == (finding["component"], finding["kind"]):
            return action
    return None
