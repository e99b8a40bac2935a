"""The audit trail: who changed what, from what to what, and how it ended."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tasks import store
from tasks.runtime import raising

Values = Mapping[str, Any]
# What stands behind "#" in the ids of an execution's own entries.
OF_EXECUTIONS = ("succeeded", "rolled back", "approval", "unlock", "release", "drill")


def put(
    plan: Values, request: Values, execution: Values, outcome: str, now: str, table: str
) -> dict[str, Any]:
    """Give the transaction's action that adds an outcome of an execution to the trail once.

    The key, made of the execution, its outcome and its start, is the same for each delivery;
    `recorded_at` is when the first one was written. Times are ISO 8601.
    """
    entry = {
        "id": f"{execution['id']}#{outcome}",
        "timestamp": execution["started_at"],
        "recorded_at": now,
        "who": request["requested_by"],
        "why": request["reason"],
        "what": "promotion",
        "on_what": f"{plan['system']}/{plan['environment']}",
        "from": plan["previous"]["release"],
        "to": plan["release"],
        "digest": plan["digest"],
        "outcome": outcome,
        "execution": execution["id"],
    }
    return _once(entry, table)


def put_instance(
    operation: Values, instance: Values, became: Values, now: str, table: str
) -> dict[str, Any]:
    """Give the transaction's action that adds what an operation did to an instance once.

    `became` has its outcome, error and reason, and what it is `to` now. The key is made of
    the instance and of the operation's start, so that an instance's entries are found by
    its id.
    """
    entry = {
        "id": instance["instance_id"],
        "timestamp": operation["execution"]["started_at"],
        "recorded_at": now,
        "who": operation["requested_by"],
        "why": operation["reason"],
        "what": operation["action"],
        "on_what": instance["instance_id"],
        "system": operation["system"],
        "environment": operation["environment"],
        "from": f"{instance['state']} {instance['type']}",
        "to": became["to"],
        "outcome": became["outcome"],
        "error": became["error"],
        "reason": became["reason"],
        "operation": operation["id"],
        "execution": operation["execution"]["id"],
    }
    return _once(entry, table)


def write_decision(
    approval: Values,
    *,
    who: str,
    what: str,
    outcome: str,
    why: str,
    table: str,
    dynamodb: Any,
    timestamp: str = "",
) -> None:
    """Add what somebody did about an approval to the trail.

    `timestamp` is the moment it happened (`moment()` by default): the same entry of the same
    moment is one entry.
    """
    entry = {
        "id": f"{approval['execution']}#approval",
        "timestamp": timestamp or moment(),
        "who": who,
        "why": why,
        "what": what,
        "on_what": f"{approval['system']}/{approval['environment']}",
        "subject": approval["subject"],
        "digest": approval["digest"],
        "outcome": outcome,
        "execution": approval["execution"],
        "approval": approval["sk"],
    }
    if "release" in approval:
        entry["to"] = approval["release"]
    _write(entry, table, dynamodb)


def write_unlock(
    on_what: str, *, who: str, why: str, execution: str, table: str, dynamodb: Any
) -> None:
    """Add to the trail that a person freed the lock which an ended execution had kept."""
    entry = _freed("unlock", on_what, who, why, execution)
    _write({**entry, "id": f"{execution}#unlock"}, table, dynamodb)


def write_release(claim: Values, *, who: str, why: str, table: str, dynamodb: Any) -> None:
    """Add to the trail that a person freed the instances which an ended operation had kept.

    The operation gets an entry, and each of the instances.
    """
    entry = _freed("release", claim["sk"], who, why, claim["execution"])
    entry["operation"] = claim["sk"]
    _write({**entry, "id": f"{claim['execution']}#release"}, table, dynamodb)
    for instance in claim["instances"]:
        _write({**entry, "id": instance, "on_what": instance}, table, dynamodb)


def write_drill(
    drill: Values, *, why: str, outcome: str, digest: str, ended_at: str, table: str, dynamodb: Any
) -> None:
    """Add to the trail that a restore drill has ended; the same end is one entry.

    `digest` is the SHA-256 of its evidence, empty where there is none.
    """
    target = drill["target"]["environment"]
    entry = {
        "id": f"{drill['execution']['id']}#drill",
        "timestamp": ended_at,
        "who": drill["requested_by"],
        "why": why,
        "what": f"drill {drill['scenario']}",
        "on_what": f"{drill['system']}/{target}",
        "from": drill["source"]["environment"],
        "to": target,
        "digest": digest,
        "outcome": outcome,
        "execution": drill["execution"]["id"],
        "drill": drill["id"],
    }
    _write(entry, table, dynamodb)


def _freed(what: str, on_what: str, who: str, why: str, execution: str) -> dict[str, Any]:
    return {
        "timestamp": moment(),
        "who": who,
        "why": why,
        "what": what,
        "on_what": on_what,
        "outcome": "freed",
        "execution": execution,
    }


def moment() -> str:
    """Give this moment, ISO 8601 UTC, fine enough to keep two entries apart."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _write(entry: Values, table: str, dynamodb: Any) -> None:
    with raising({}, table):
        dynamodb.put_item(TableName=table, Item=store.to_item(dict(entry)))


def _once(entry: Values, table: str) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": table,
            "Item": store.to_item(dict(entry)),
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }
