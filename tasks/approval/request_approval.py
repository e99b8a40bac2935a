"""Ask people to approve a promotion: record the question and tell them."""

import time
from datetime import UTC, datetime
from typing import Any

from tasks import store
from tasks.runtime import client, iso, raising, setting, task

PERMISSIONS = {
    "dynamodb:PutItem": "${StateTable.Arn}",
    "sns:Publish": "${NotificationTopic}",
}

MOST_CHANGES = 60  # what fits a message and a screen


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return ask(
        request,
        table=setting("STATE_TABLE"),
        topic=setting("NOTIFICATION_TOPIC"),
        dynamodb=client("dynamodb"),
        sns=client("sns"),
    )


def ask(
    request: dict[str, Any], *, table: str, topic: str, dynamodb: Any, sns: Any
) -> dict[str, Any]:
    """Write the pending approval of an execution and publish it.

    An execution has one approval. When Step Functions asks again with another token, the
    question is put again under the new token, unless the old one was answered; the same
    delivery again changes nothing.
    """
    record = pending(request)
    if not _put(record, table, dynamodb):
        return {"id": record["sk"]}
    with raising({}, topic):
        sns.publish(
            TopicArn=topic,
            Subject=f"daytwo: {_what(record)} waits for approval"[:100],
            Message=message(record),
        )
    return {"id": record["sk"]}


def _put(record: dict[str, Any], table: str, dynamodb: Any) -> bool:
    with raising({}, table):
        try:
            dynamodb.put_item(
                TableName=table,
                Item=store.to_item(record),
                ConditionExpression=(
                    "attribute_not_exists(pk) OR "
                    "(attribute_not_exists(delivered_at) AND task_token <> :token)"
                ),
                ExpressionAttributeValues=store.to_item({":token": record["task_token"]}),
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
    return True


def pending(request: dict[str, Any]) -> dict[str, Any]:
    """Put the question together as a record of the state table."""
    plan, asked = request["plan"], request["request"]
    return {
        **store.approval(store.approval_id(request["execution"]["id"])),
        "status": "pending",
        "system": plan["system"],
        "release": plan["release"],
        "environment": plan["environment"],
        "digest": plan["digest"],
        "change_set": request["change_set"]["arn"],
        "changes": changes(plan, request["change_set"]),
        "roles": plan["approval"]["roles"],
        "requested_by": asked["requested_by"],
        "reason": asked["reason"],
        "requested_at": iso(),
        "expires_at": int(time.time()) + plan["approval"]["expires_seconds"],
        "execution": request["execution"]["id"],
        "task_token": request["task_token"],
    }


def changes(plan: dict[str, Any], change_set: dict[str, Any]) -> list[str]:
    """Say in words what the promotion will change, one line each."""
    before = plan["previous"]["release"] or "nothing"
    lines = [
        f"function {entry['function']}: from {before} to {plan['release']}"
        for entry in plan["functions"]
    ]
    if plan["site"]["present"]:
        lines.append(f"site {plan['site']['bucket']}: from {before} to {plan['release']}")
    for change in change_set["changes"]:
        replaced = {"True": " (replaced)", "Conditional": " (may be replaced)"}
        lines.append(
            f"stack {plan['stack']['name']}: {change['action'].lower()} {change['type']} "
            f"{change['id']}{replaced.get(change.get('replacement', ''), '')}"
        )
    if len(lines) > MOST_CHANGES:
        lines[MOST_CHANGES:] = [f"and {len(lines) - MOST_CHANGES} more"]
    return lines


def message(record: dict[str, Any]) -> str:
    """Word the question for those who may decide."""
    listed = "\n".join(f"  {line}" for line in record["changes"]) or "  nothing"
    return (
        f"{_what(record)} waits for approval by {' or '.join(record['roles'])}.\n\n"
        f"Asked by: {record['requested_by']}\n"
        f"Reason: {record['reason'] or 'none given'}\n"
        f"Release digest: {record['digest']}\n"
        f"Changes:\n{listed}\n"
        f"Change set: {record['change_set']}\n"
        f"Expires: {iso(datetime.fromtimestamp(record['expires_at'], UTC))}\n"
        f"Execution: {record['execution']}\n\n"
        f"Decide, signed in as yourself:\n"
        f"  daytwo approve {record['sk']} --reason '...'\n"
        f"  daytwo reject {record['sk']} --reason '...'\n"
    )


def _what(record: dict[str, Any]) -> str:
    return f"{record['system']} {record['release']} to {record['environment']}"
