"""Record a release as live and verified in an environment, under the environment's lock."""

from collections.abc import Mapping
from typing import Any

from tasks import audit, store, transactions
from tasks.errors import LockLost, TaskError
from tasks.runtime import client, iso, raising, setting, task

PERMISSIONS = {
    "dynamodb:PutItem": ["${StateTable.Arn}", "${AuditTable.Arn}"],
    "dynamodb:ConditionCheckItem": "${StateTable.Arn}",
    "dynamodb:GetItem": "${StateTable.Arn}",
}
ERRORS: dict[str, type[TaskError]] = {}

Values = Mapping[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    return record(
        request["plan"],
        request["request"],
        request["execution"],
        under={"owner": request["owner"], "fence": request["fence"]},
        now=iso(),
        tables={"state": setting("STATE_TABLE"), "audit": setting("AUDIT_TABLE")},
        dynamodb=client("dynamodb"),
    )


def record(
    plan: Values,
    request: Values,
    execution: Values,
    under: Values,
    now: str,
    tables: Mapping[str, str],
    dynamodb: Any,
) -> dict[str, str]:
    """Write what is live, that it is verified, and the audit entry: all or nothing.

    `under` is the lock's owner and fencing number. A second delivery, also after the lock
    was given back, changes nothing and gives the first one's time. Raises LockLost.
    """
    place = f"{plan['system']}/{plan['environment']}"
    live_key = store.live(plan["system"], plan["environment"])
    codes = transactions.write(
        [
            lock_is_held(plan, under, tables["state"]),
            {"Put": is_live(plan, execution, live_key, now, tables["state"])},
            {"Put": is_verified(plan, execution, now, tables["state"])},
            audit.put(plan, request, execution, "succeeded", now, tables["audit"]),
        ],
        dynamodb,
        f"record of {place}",
    )
    if not codes:
        return {"recorded_at": now}
    with raising(ERRORS, f"record of {place}"):
        reply = dynamodb.get_item(
            TableName=tables["state"], Key=store.to_item(live_key), ConsistentRead=True
        )
    live = store.from_item(reply.get("Item", {}))
    if live.get("execution") == execution["id"]:
        return {"recorded_at": live["since"]}
    raise LockLost(
        f"{plan['system']} {plan['release']} was not recorded: the lock of {place} is no longer "
        f"held under number {under['fence']}. Look at what is live there before promoting again: "
        f"daytwo status {plan['system']}"
    )


def lock_is_held(plan: Values, under: Values, table: str) -> dict[str, Any]:
    """Check, as part of the transaction, that nobody took the lock meanwhile."""
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": store.to_item(store.lock(plan["system"], plan["environment"])),
            "ConditionExpression": "#owner = :owner AND fence = :fence",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": store.to_item(
                {":owner": under["owner"], ":fence": under["fence"]}
            ),
        }
    }


def is_live(
    plan: Values, execution: Values, key: store.Key, now: str, table: str
) -> dict[str, Any]:
    """Say what is live now, unless this very execution said so before."""
    item = {
        **key,
        "release": plan["release"],
        "digest": plan["digest"],
        "since": now,
        "execution": execution["id"],
        "previous_release": plan["previous"]["release"],
    }
    return {
        "TableName": table,
        "Item": store.to_item(item),
        "ConditionExpression": "attribute_not_exists(execution) OR execution <> :execution",
        "ExpressionAttributeValues": store.to_item({":execution": execution["id"]}),
    }


def is_verified(plan: Values, execution: Values, now: str, table: str) -> dict[str, Any]:
    """Say that the release may go on to the next environment."""
    item = {
        **store.verified(plan["system"], plan["environment"], plan["release"]),
        "digest": plan["digest"],
        "verified_at": now,
        "execution": execution["id"],
    }
    return {"TableName": table, "Item": store.to_item(item)}
