"""Questions to people that an execution waits for: recorded once, and put to those who decide."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tasks import store
from tasks.runtime import iso, raising

PERMISSIONS = {
    "dynamodb:PutItem": "${StateTable.Arn}",
    "sns:Publish": "${NotificationTopic}",
}

MOST_CHANGES = 60  # what fits a message and a screen
# What some questions have for a person to look at, and what it is called.
SHOWN = {"because": "Asked because", "change_set": "Change set", "plan": "Plan"}

Values = Mapping[str, Any]


def pending(asked: Values, subject: str, changes: Sequence[str], **shown: Any) -> dict[str, Any]:
    """Put a question together as a record of the state table.

    `asked` has the execution's plan, request and identity and the token it waits for;
    `subject` names what is to be approved, such as "the promotion of shop 1.1.0 to prod";
    `shown` is what else the record keeps for those who decide (SHOWN has the names).
    """
    plan, request, execution = asked["plan"], asked["request"], asked["execution"]
    lines = list(changes)
    if len(lines) > MOST_CHANGES:
        lines[MOST_CHANGES:] = [f"and {len(lines) - MOST_CHANGES} more"]
    return {
        **store.approval(store.approval_id(execution["id"])),
        "status": "pending",
        "subject": subject,
        "system": plan["system"],
        "environment": plan["environment"],
        "digest": plan["digest"],
        "changes": lines,
        **shown,
        "roles": plan["approval"]["roles"],
        "requested_by": request["requested_by"],
        "reason": request["reason"],
        "requested_at": iso(),
        "expires_at": int(time.time()) + plan["approval"]["expires_seconds"],
        "execution": execution["id"],
        "task_token": asked["task_token"],
    }


def ask(record: dict[str, Any], *, table: str, topic: str, dynamodb: Any, sns: Any) -> str:
    """Write a pending approval, publish it and give its id.

    An execution has one approval. When Step Functions asks again with another token, the
    question is put again under the new token, unless the old one was answered; the same
    delivery again changes nothing.
    """
    identifier: str = record["sk"]
    if _put(record, table, dynamodb):
        with raising({}, topic):
            sns.publish(
                TopicArn=topic,
                Subject=f"daytwo: {record['subject']} waits for approval"[:100],
                Message=message(record),
            )
    return identifier


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


def message(record: Values) -> str:
    """Word the question for those who may decide."""
    listed = "\n".join(f"  {line}" for line in record["changes"]) or "  nothing"
    shown = "".join(f"{name}: {text}\n" for name, text in also_shown(record))
    return (
        f"{sentence(record)} waits for approval by {' or '.join(record['roles'])}.\n\n"
        f"Asked by: {record['requested_by']}\n"
        f"Reason: {record['reason'] or 'none given'}\n"
        f"Digest: {record['digest']}\n"
        f"Changes:\n{listed}\n"
        f"{shown}"
        f"Expires: {iso(datetime.fromtimestamp(record['expires_at'], UTC))}\n"
        f"Execution: {record['execution']}\n\n"
        f"Decide, signed in as yourself:\n"
        f"  daytwo approve {record['sk']} --reason '...'\n"
        f"  daytwo reject {record['sk']} --reason '...'\n"
    )


def also_shown(record: Values) -> list[tuple[str, str]]:
    """List what this question has to look at beside its changes: its name, and in words."""
    return [(name, record[field]) for field, name in SHOWN.items() if record.get(field)]


def sentence(record: Values) -> str:
    """Begin a sentence with what a question is about: "The promotion of shop 1.1.0 to prod"."""
    subject: str = record["subject"]
    return subject[:1].upper() + subject[1:]
