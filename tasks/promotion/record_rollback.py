"""Record that a release was rolled back, and quarantine it where the release is to blame."""

from collections.abc import Mapping
from typing import Any

from tasks import audit, store, transactions
from tasks.errors import StackFailed, TaskError, Unhealthy
from tasks.runtime import client, iso, raising, setting, task

PERMISSIONS = {
    "dynamodb:PutItem": ["${StateTable.Arn}", "${AuditTable.Arn}"],
    "dynamodb:UpdateItem": "${StateTable.Arn}",
    "dynamodb:DeleteItem": "${StateTable.Arn}",
    "dynamodb:GetItem": "${StateTable.Arn}",
}
ERRORS: dict[str, type[TaskError]] = {}

# A rollback for any other reason, such as throttling or an abort, says nothing about the
# release, and the next attempt may take it. An unnamed reason counts against it.
TO_BLAME = {"", Unhealthy.__name__, StackFailed.__name__}

Values = Mapping[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    return record(
        request["plan"],
        request["request"],
        request["execution"],
        failure={"error": request["error"], "cause": request["cause"]},
        now=iso(),
        tables={"state": setting("STATE_TABLE"), "audit": setting("AUDIT_TABLE")},
        dynamodb=client("dynamodb"),
    )


def record(
    plan: Values,
    request: Values,
    execution: Values,
    failure: Values,
    now: str,
    tables: Mapping[str, str],
    dynamodb: Any,
) -> dict[str, bool]:
    """Write the audit entry and the quarantine, and take back what record_release may have said.

    All or nothing; a second delivery changes nothing. A digest that is quarantined already
    keeps its first cause.
    """
    blamed = failure["error"] in TO_BLAME
    actions = [
        audit.put(plan, request, execution, "rolled back", now, tables["audit"]),
        *taken_back(plan, execution, now, tables["state"], dynamodb),
    ]
    if blamed:
        actions.append(quarantine(plan, execution, failure["cause"], now, tables["state"]))
    transactions.write(actions, dynamodb, f"rollback of {plan['system']}/{plan['environment']}")
    return {"quarantined": blamed}


def taken_back(
    plan: Values, execution: Values, now: str, table: str, dynamodb: Any
) -> list[dict[str, Any]]:
    """Give the actions that make the release before the live one again, if this execution's is.

    That is so where record_release did its work but its answer was lost.
    """
    live_key = store.live(plan["system"], plan["environment"])
    live_item = store.to_item(live_key)
    with raising(ERRORS, f"what is live in {plan['system']}/{plan['environment']}"):
        reply = dynamodb.get_item(TableName=table, Key=live_item, ConsistentRead=True)
    live = store.from_item(reply.get("Item", {}))
    if (live.get("execution"), live.get("digest")) != (execution["id"], plan["digest"]):
        return []
    verified_key = store.verified(plan["system"], plan["environment"], plan["release"])
    actions: list[dict[str, Any]] = [
        {"Delete": {"TableName": table, "Key": store.to_item(verified_key)}}
    ]
    if not plan["previous"]["release"]:
        return [*actions, {"Delete": {"TableName": table, "Key": live_item}}]
    before = {**live_key, **plan["previous"], "since": now, "execution": execution["id"]}
    item = store.to_item({**before, "previous_release": ""})
    return [*actions, {"Put": {"TableName": table, "Item": item}}]


def quarantine(plan: Values, execution: Values, cause: str, now: str, table: str) -> dict[str, Any]:
    """Give the action that keeps this content from going out again, whatever its version."""
    values = {
        "release": plan["release"],
        "environment": plan["environment"],
        "cause": cause,
        "since": now,
        "execution": execution["id"],
    }
    sets = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in values)
    return {
        "Update": {
            "TableName": table,
            "Key": store.to_item(store.quarantine(plan["system"], plan["digest"])),
            "UpdateExpression": f"SET {sets}",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": store.to_item(
                {f":{name}": value for name, value in values.items()}
            ),
        }
    }
