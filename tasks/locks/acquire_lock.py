"""Take an environment's lock under a new fencing number, or say who holds it."""

import time
from datetime import UTC, datetime
from typing import Any

from tasks import store
from tasks.errors import LockHeld, LockLost
from tasks.runtime import client, iso, raising, setting, task

PERMISSIONS = {"dynamodb:UpdateItem": "${StateTable.Arn}"}
ERRORS = {"ConditionalCheckFailedException": LockLost}

TAKE = (
    "SET fence = if_not_exists(fence, :zero) + :one, #owner = :owner, since = :since, "
    "purpose = :purpose, lease_expires = :expires"
)
# A lease that ran out over a claim is not free: what was begun there is still to be undone.
FREE = (
    "attribute_not_exists(#owner) OR "
    "(#owner <> :owner AND lease_expires < :now AND attribute_not_exists(claim))"
)


@task
def handler(request: Any, context: Any) -> Any:
    return acquire(
        request["system"],
        request["environment"],
        request["owner"],
        request["purpose"],
        request["lease_seconds"],
        now=int(time.time()),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def acquire(
    system: str,
    environment: str,
    owner: str,
    purpose: str,
    lease_seconds: int,
    now: int,
    table: str,
    dynamodb: Any,
) -> dict[str, int]:
    """Take the lock with one conditional write, or renew it for the owner that has it.

    The fencing number grows by one for each new holder, also over releases; the owner that
    asks again keeps its number and gets a new lease. A lease that has run out may be taken
    over, unless its holder left a claim: the janitor undoes that first. Times are epoch
    seconds. Raises LockHeld.
    """
    lock = {"TableName": table, "Key": store.to_item(store.lock(system, environment))}
    values = {
        ":zero": 0,
        ":one": 1,
        ":owner": owner,
        ":since": iso(datetime.fromtimestamp(now, UTC)),
        ":purpose": purpose,
        ":expires": now + lease_seconds,
        ":now": now,
    }
    with raising(ERRORS, f"lock of {system}/{environment}"):
        try:
            reply = dynamodb.update_item(
                **lock,
                UpdateExpression=TAKE,
                ConditionExpression=FREE,
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=store.to_item(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException as refused:
            holder = store.from_item(refused.response["Item"])
            if holder["owner"] != owner:
                raise LockHeld(told(system, environment, holder, now)) from None
            reply = renew(lock, owner, now + lease_seconds, dynamodb)
    held = store.from_item(reply["Attributes"])
    return {"fence": held["fence"], "lease_expires": held["lease_expires"]}


def renew(lock: dict[str, Any], owner: str, expires: int, dynamodb: Any) -> Any:
    """Move the end of the owner's lease, if the lock is still its own."""
    return dynamodb.update_item(
        **lock,
        UpdateExpression="SET lease_expires = :expires",
        ConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues=store.to_item({":owner": owner, ":expires": expires}),
        ReturnValues="ALL_NEW",
    )


def told(system: str, environment: str, holder: dict[str, Any], now: int) -> str:
    """Say who holds the lock, since when, for what, and how to see it."""
    lease = iso(datetime.fromtimestamp(holder["lease_expires"], UTC))
    if holder["lease_expires"] < now:
        until = (
            f"its lease ran out at {lease}, but what it had begun is not undone yet; start the "
            "janitor for that execution if it has not run"
        )
    else:
        until = f"its lease runs until {lease}"
    return (
        f"{system}/{environment} is locked since {holder['since']} by {holder['owner']} "
        f"for: {holder['purpose']}; {until}. Watch it with: daytwo watch {holder['owner']}"
    )
