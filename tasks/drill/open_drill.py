"""Take the system's place for a drill and record it, before anything is made."""

import json
from collections.abc import Mapping
from typing import Any

from tasks import store, transactions
from tasks.drills import places, records
from tasks.errors import DrillRunning
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **places.PERMISSIONS,
    "dynamodb:PutItem": "${StateTable.Arn}",
    "dynamodb:UpdateItem": "${StateTable.Arn}",
}

Plan = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return opened(
        request["plan"],
        request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        stepfunctions=client("stepfunctions"),
    )


def opened(plan: Plan, now: str, table: str, dynamodb: Any, stepfunctions: Any) -> dict[str, Any]:
    """Open the drill; a second delivery gives the first one's moment. Raises DrillRunning.

    The place of a drill whose execution has ended is taken over once nothing of it is left.
    """
    drill = plan["drill"]
    holder = places.holder(drill["system"], table, dynamodb)
    if holder.get("drill") == drill["id"]:
        return {"id": drill["id"], "opened_at": holder["since"], "took_over": ""}
    if holder:
        places.refuse_taken(holder, table, dynamodb, stepfunctions)
    codes = transactions.write(
        [_place(drill, holder, now, table), _record(plan, now, table)],
        dynamodb,
        f"place of {drill['system']}",
    )
    if codes:
        now_holds = places.holder(drill["system"], table, dynamodb)
        if now_holds.get("drill") != drill["id"]:
            raise DrillRunning(places.told(now_holds or {"drill": drill["id"], "since": now}))
        return {"id": drill["id"], "opened_at": now_holds["since"], "took_over": ""}
    return {"id": drill["id"], "opened_at": now, "took_over": holder.get("drill", "")}


def _place(drill: Plan, holder: Plan, now: str, table: str) -> dict[str, Any]:
    place = {
        **store.active_drill(drill["system"]),
        "drill": drill["id"],
        "execution": drill["execution"]["id"],
        "since": now,
    }
    free: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    if holder:
        free = {
            "ConditionExpression": "drill = :before",
            "ExpressionAttributeValues": store.to_item({":before": holder["drill"]}),
        }
    return {"Put": {"TableName": table, "Item": store.to_item(place), **free}}


def _record(plan: Plan, now: str, table: str) -> dict[str, Any]:
    """Write the record beside a stop that may have been said already."""
    drill = plan["drill"]
    values = {
        "status": records.RUNNING,
        "system": drill["system"],
        "scenario": drill["scenario"],
        "environment": plan["environment"],
        "source_environment": drill["source"]["environment"],
        "requested_by": drill["requested_by"],
        "execution": drill["execution"]["id"],
        "simulation": plan["simulation"],
        "opened_at": now,
        "components": plan["component_count"],
        "plan_key": plan["plan_key"],
        "digest": plan["digest"],
        "plan": json.dumps(plan, sort_keys=True),
    }
    return {
        "Update": {
            "TableName": table,
            "Key": store.to_item(store.drill(drill["id"])),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ConditionExpression": "attribute_not_exists(opened_at)",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": store.to_item(
                {f":{name}": value for name, value in values.items()}
            ),
        }
    }
