"""Record what became of each instance of a batch: all of them at once, and once."""

from collections.abc import Mapping
from typing import Any

from tasks import audit, stacks, store, transactions
from tasks.errors import AwsCallFailed, TaskError
from tasks.fleets import instances, outcomes
from tasks.promotion.explain_failure import DEEPEST, unwrapped
from tasks.runtime import client, iso, metric, raising, setting, task

PERMISSIONS = {
    "dynamodb:PutItem": ["${StateTable.Arn}", "${AuditTable.Arn}"],
    "dynamodb:GetItem": "${StateTable.Arn}",
    "ec2:DescribeInstances": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {}

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    operation = request["operation"]
    work, chosen = request["work"], operation["options"]["fallback_types"]
    found = now_are(work["reached"], client("ec2", operation["target"])) if chosen else {}
    found |= {one["instance_id"]: one["replacement"] for one in request["replacements"]}
    return record(
        request,
        found,
        now=iso(),
        tables={"state": setting("STATE_TABLE"), "audit": setting("AUDIT_TABLE")},
        dynamodb=client("dynamodb"),
    )


def now_are(ids: list[str], ec2: Any) -> dict[str, str]:
    """Tell state and type of instances, where more than one type was allowed."""
    found = instances.describe(ids, ec2)
    return {
        one: f"{entry['State']['Name']} {entry['InstanceType']}" for one, entry in found.items()
    }


def record(
    request: Values, found: Mapping[str, str], now: str, tables: Values, dynamodb: Any
) -> dict[str, int]:
    """Write the batch's record and the audit entry of each of its instances: all or nothing.

    `found` has, by id, what an instance is now where that is not plain from the action. A
    second delivery changes nothing and gives the first one's counts. Raises Throttled and
    Unavailable; the whole may be tried again.
    """
    batch, operation = request["batch"], request["operation"]
    _, cause = unwrapped(request["cause"], [], DEEPEST)
    became = outcomes.of_batch(batch, operation, request["work"], request["outcome"], cause, found)
    item = outcomes.record(batch, operation, became, cause, now)
    entries = [
        audit.put_instance(operation, one, became[one["instance_id"]], now, tables["audit"])
        for one in batch["instances"]
    ]
    subject = f"batch {batch['number']} of {operation['id']}"
    codes = transactions.write([once(item, tables["state"]), *entries], dynamodb, subject)
    if codes:
        item = earlier(batch, operation, tables["state"], dynamodb)
    else:
        for outcome in outcomes.OUTCOMES:
            if item[outcome]:
                metric("Instances", item[outcome], action=operation["action"], outcome=outcome)
    return {"recorded": item["instances"], **{name: item[name] for name in outcomes.OUTCOMES}}


def once(item: Values, table: str) -> dict[str, Any]:
    """Write the batch's record, unless it is there."""
    return {
        "Put": {
            "TableName": table,
            "Item": store.to_item(dict(item)),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def earlier(batch: Values, operation: Values, table: str, dynamodb: Any) -> dict[str, Any]:
    """Give the record that an earlier delivery wrote."""
    subject = f"batch {batch['number']} of {operation['id']}"
    with raising(ERRORS, subject):
        reply = dynamodb.get_item(
            TableName=table,
            Key=store.to_item(store.batch(operation["id"], batch["number"])),
            ConsistentRead=True,
        )
    if "Item" not in reply:
        raise AwsCallFailed(
            f"The {subject} was not recorded: the audit trail has another operation's entry of "
            "the same instance and the same start. Look at both with: daytwo audit --resource ID"
        )
    return store.from_item(reply["Item"])
