"""Check an execution's input, given directly or as an event, and let each event work once."""

import time
from typing import Any

from tasks import requests, store
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {"dynamodb:PutItem": "${StateTable.Arn}"}
ERRORS: dict[str, Any] = {}

# EventBridge delivers for up to a day, and an archive can replay later.
REMEMBER_SECONDS = 7 * 24 * 3600


@task
def handler(request: Any, context: Any) -> Any:
    document, event_id = requests.opened(request["document"])
    valid = requests.checked(document, request["workflow"])
    duplicate = bool(event_id) and seen_before(
        store.event(request["workflow"], event_id),
        request["execution"]["id"],
        now=int(time.time()),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )
    return {"request": valid, "execution": request["execution"], "duplicate": duplicate}


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
