"""A system's place for a simulation: it is in one at a time."""

from collections.abc import Mapping
from typing import Any

from tasks import store, transactions
from tasks.drills import places, records
from tasks.errors import SimulationRunning
from tasks.runtime import raising

# A simulation's status: its execution is at it; it has its report; its execution ended without.
RUNNING = "running"
CLOSED = "closed"
CUT_OFF = "cut off"

PERMISSIONS = {
    **places.PERMISSIONS,
    "dynamodb:PutItem": "${StateTable.Arn}",
    "dynamodb:UpdateItem": "${StateTable.Arn}",
}

Values = Mapping[str, Any]


def taken(
    told: Values, fields: Values, now: str, table: str, dynamodb: Any, stepfunctions: Any
) -> str:
    """Take the system's place and record the simulation; gives the one whose place it took over.

    The place of one whose execution has ended is taken over, and its record says that it was
    cut off. Raises SimulationRunning.
    """
    key = store.active_simulation(told["system"])
    holder = records.read(key, table, dynamodb)
    if holder.get("simulation") == told["id"]:
        return ""
    if holder and places.is_running(holder["execution"], stepfunctions):
        raise SimulationRunning(_held(holder))
    actions = [_place(told, holder, now, table), _record(told, fields, now, table)]
    if holder:
        actions.append(_cut_off(holder["simulation"], now, table))
    codes = transactions.write(actions, dynamodb, f"simulation of {told['system']}")
    if codes:
        now_holds = records.read(key, table, dynamodb)
        if now_holds.get("simulation") != told["id"]:
            raise SimulationRunning(_held(now_holds or {"simulation": told["id"], "since": now}))
    return str(holder.get("simulation", ""))


def closed(told: Values, fields: Values, table: str, dynamodb: Any) -> None:
    """Record how the simulation ended, and free the system for the next."""
    change(told["id"], {**fields, "status": CLOSED}, table, dynamodb)
    with raising({}, f"simulation of {told['system']}"):
        try:
            dynamodb.delete_item(
                TableName=table,
                Key=store.to_item(store.active_simulation(told["system"])),
                ConditionExpression="simulation = :simulation",
                ExpressionAttributeValues=store.to_item({":simulation": told["id"]}),
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return


def change(simulation: str, values: Values, table: str, dynamodb: Any) -> None:
    """Set fields of a simulation's record."""
    with raising({}, f"simulation {simulation}"):
        dynamodb.update_item(**_update(simulation, values, table))


def _held(holder: Values) -> str:
    return (
        f"The system is in the simulation {holder['simulation']} since {holder['since']}. Follow "
        f"it with: daytwo watch {holder['simulation']}"
    )


def _place(told: Values, holder: Values, now: str, table: str) -> dict[str, Any]:
    place = {
        **store.active_simulation(told["system"]),
        "simulation": told["id"],
        "execution": told["execution"]["id"],
        "since": now,
    }
    free: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    if holder:
        free = {
            "ConditionExpression": "simulation = :before",
            "ExpressionAttributeValues": store.to_item({":before": holder["simulation"]}),
        }
    return {"Put": {"TableName": table, "Item": store.to_item(place), **free}}


def _record(told: Values, fields: Values, now: str, table: str) -> dict[str, Any]:
    record = {
        **store.simulation(told["id"]),
        "status": RUNNING,
        "system": told["system"],
        "requested_by": told["requested_by"],
        "execution": told["execution"]["id"],
        "opened_at": now,
        **fields,
    }
    return {"Put": {"TableName": table, "Item": store.to_item(record)}}


def _cut_off(simulation: str, now: str, table: str) -> dict[str, Any]:
    values = {"status": CUT_OFF, "ended_at": now}
    return {"Update": _update(simulation, values, table)}


def _update(simulation: str, values: Values, table: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": store.to_item(store.simulation(simulation)),
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": store.to_item(
            {f":{name}": value for name, value in values.items()}
        ),
    }
