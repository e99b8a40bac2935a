"""Claim the instances of an operation, so that no two operations act on the same ones."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tasks import store, transactions
from tasks.errors import InstancesClaimed, TaskError, Unavailable
from tasks.fleets import operations
from tasks.fleets.listings import lines
from tasks.runtime import client, iso, setting, task

PERMISSIONS = {
    **operations.PERMISSIONS,
    **dict.fromkeys(
        ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"), "${StateTable.Arn}"
    ),
    "s3:GetObject": "${EvidenceBucket.Arn}/operations/*",
    "s3:ListBucket": "${EvidenceBucket.Arn}",
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 60

Claims = dict[str, operations.Record]
# So many ids are named where others hold instances.
EXAMPLES = 5


@task
def handler(request: Any, context: Any) -> Any:
    plan = request["plan"]
    batches = lines(plan["batches_key"], setting("EVIDENCE_BUCKET"), client("s3"))
    return claim(
        plan,
        request["request"],
        request["execution"],
        [one["instance_id"] for batch in batches for one in batch["instances"]],
        now=iso(),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def claim(
    plan: Mapping[str, Any],
    request: Mapping[str, Any],
    execution: Mapping[str, str],
    ids: list[str],
    now: str,
    table: str,
    dynamodb: Any,
) -> dict[str, int]:
    """Write the claim and the operation's record together, if nobody else holds an instance.

    All claims have one version, which each changes: of two at once one is refused with
    Unavailable, and finds the other's claim when it tries again. The same delivery again
    changes nothing. What an operation that is resumed had kept goes over to this one. Raises
    InstancesClaimed.
    """
    version, claims = held(table, dynamodb)
    if plan["operation"] in claims:
        return {"claimed": len(ids)}
    resumed = request["resume"]
    refuse_overlap([one for name, one in claims.items() if name != resumed], ids)
    actions = [
        _next_version(version, table),
        _put_new(_claim(plan, request, execution, ids, now), table),
        _put_new(_record(plan, request, execution, now), table),
    ]
    if resumed:
        actions += _taken_over(resumed, claims.get(resumed), ids, execution, table)
    reasons = transactions.write(actions, dynamodb, f"claim of {plan['operation']}")
    refused = {at for at, reason in enumerate(reasons) if reason == transactions.REFUSED}
    if 0 in refused:
        raise Unavailable("Another operation claimed instances at the same moment.")
    if 3 in refused:
        raise InstancesClaimed(
            f"Operation {resumed} is not over, or its janitor has not settled it yet. See with: "
            f"daytwo ec2 watch {resumed}"
        )
    return {"claimed": len(ids)}


def held(table: str, dynamodb: Any) -> tuple[int, Claims]:
    """Give the version of all claims, and the claims by their operations."""
    key = store.claims_version()
    found = {item["sk"]: item for item in operations.partition(key["pk"], table, dynamodb)}
    version = found.pop(key["sk"], {}).get("version", 0)
    return version, found


def refuse_overlap(claims: Iterable[operations.Record], ids: Iterable[str]) -> None:
    """Raise InstancesClaimed where somebody holds an instance; says who, since when and why."""
    wanted = set(ids)
    told = []
    for one in claims:
        shared = sorted(wanted.intersection(one["instances"]))
        if shared:
            more = f" and {len(shared) - EXAMPLES:,} more" if len(shared) > EXAMPLES else ""
            told.append(
                f"{', '.join(shared[:EXAMPLES])}{more}: held since {one['since']} by operation "
                f"{one['sk']} ({one['action']}, asked for by {one['requested_by']})"
            )
    if told:
        raise InstancesClaimed(
            f"Instances are held by other operations. {'; '.join(told)}. Wait until they are "
            "through (daytwo ec2 watch ID). One that ended with a person asked for keeps what it "
            "may have changed: look at it, then resume it (daytwo ec2 resume ID) or let it go "
            "(daytwo ec2 release ID)."
        )


def _next_version(version: int, table: str) -> dict[str, Any]:
    values = {":next": version + 1}
    condition = "attribute_not_exists(version)"
    if version:
        values[":version"] = version
        condition = "version = :version"
    return {
        "Update": {
            "TableName": table,
            "Key": store.to_item(store.claims_version()),
            "UpdateExpression": "SET version = :next",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": store.to_item(values),
        }
    }


def _put_new(item: operations.Record, table: str) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": table,
            "Item": store.to_item(item),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _claim(
    plan: Mapping[str, Any],
    request: Mapping[str, Any],
    execution: Mapping[str, str],
    ids: list[str],
    now: str,
) -> operations.Record:
    return {
        **store.instance_claim(plan["operation"]),
        "execution": execution["id"],
        "action": plan["action"],
        "requested_by": request["requested_by"],
        "instances": ids,
        "since": now,
    }


def _record(
    plan: Mapping[str, Any], request: Mapping[str, Any], execution: Mapping[str, str], now: str
) -> operations.Record:
    told = ("action", "system", "environment", "plan_key", "batches_key")
    counts = ("matched", "to_act", "already", "refused", "batch_count", "max_errors")
    return {
        **store.operation(plan["operation"]),
        "status": operations.ACTING,
        **{field: plan[field] for field in (*told, *counts)},
        "requested_by": request["requested_by"],
        "reason": request["reason"],
        "request": json.dumps(request, sort_keys=True),
        "plan": json.dumps({**plan, "lines": []}, sort_keys=True),
        "execution": execution["id"],
        "started_at": execution["started_at"],
        "claimed_at": now,
    }


def _taken_over(
    resumed: str,
    kept: operations.Record | None,
    ids: list[str],
    execution: Mapping[str, str],
    table: str,
) -> list[dict[str, Any]]:
    """Mark the operation that is resumed, and leave it only what this one does not act on."""
    values = {":execution": execution["id"], ":acting": operations.ACTING}
    actions: list[dict[str, Any]] = [
        {
            "Update": {
                "TableName": table,
                "Key": store.to_item(store.operation(resumed)),
                "UpdateExpression": "SET resumed_by = :execution",
                "ConditionExpression": "attribute_exists(pk) AND #status <> :acting",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": store.to_item(values),
            }
        }
    ]
    if kept:
        taken = set(ids)
        left = [one for one in kept["instances"] if one not in taken]
        actions.append(operations.narrow_claim(resumed, left, table))
    return actions
