"""Check an execution's input, given directly or as an event, and let each event work once."""

import json
import time
from typing import Any

from schemas.validation import InvalidDocument, check, load
from tasks import store
from tasks.errors import InvalidInput
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {"dynamodb:PutItem": "${StateTable.Arn}"}
ERRORS: dict[str, Any] = {}

# Step Functions User Guide, "Step Functions service quotas": input of an execution.
LARGEST_INPUT = 256 * 1024
# EventBridge delivers for up to a day, and an archive can replay later.
REMEMBER_SECONDS = 7 * 24 * 3600


@task
def handler(request: Any, context: Any) -> Any:
    document, event_id = opened(request["document"])
    valid = checked(document, request["workflow"])
    duplicate = bool(event_id) and seen_before(
        store.event(request["workflow"], event_id),
        request["execution"]["id"],
        now=int(time.time()),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )
    return {"request": valid, "execution": request["execution"], "duplicate": duplicate}


def opened(document: Any) -> tuple[Any, str]:
    """Give the request and the event's id: an EventBridge envelope carries it as `detail`.

    The id is empty where the request was given directly. Source: EventBridge User Guide,
    "AWS service event metadata".
    """
    if not isinstance(document, dict) or not {"detail-type", "detail"} <= document.keys():
        return document, ""
    event_id = document.get("id")
    if not isinstance(event_id, str) or not event_id:
        raise InvalidInput("The event has no id, so that a second delivery could not be told.")
    return document["detail"], event_id


def checked(document: Any, workflow: str) -> Any:
    """Fill in the defaults; raises InvalidInput with every wrong field and what to do."""
    size = len(json.dumps(document, ensure_ascii=False).encode())
    if size > LARGEST_INPUT:
        raise InvalidInput(
            f"The input has {size // 1024} KiB, at most {LARGEST_INPUT // 1024} are taken: put "
            "large documents into S3 and name their keys."
        )
    schema = f"workflows/{workflow}"
    try:
        load(schema)
    except FileNotFoundError:
        raise InvalidInput(f"There is no workflow {workflow}.") from None
    try:
        return check(document, schema)
    except InvalidDocument as invalid:
        raise InvalidInput(
            f"The input of {workflow} is wrong. {invalid}. Correct it and start again: "
            f"schemas/{schema}.json describes each field and has an example."
        ) from None


def seen_before(key: store.Key, execution: str, now: int, table: str, dynamodb: Any) -> bool:
    """Whether another execution has taken the event; if none has, this one now has.

    An item past its time counts as gone: DynamoDB may delete it days later.
    """
    values = {"execution": execution, "expires_at": now + REMEMBER_SECONDS}
    with raising(ERRORS):
        try:
            dynamodb.put_item(
                TableName=table,
                Item=store.to_item({**key, **values}),
                ConditionExpression=(
                    "attribute_not_exists(pk) OR execution = :execution OR expires_at < :now"
                ),
                ExpressionAttributeValues=store.to_item({":execution": execution, ":now": now}),
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return True
    return False
