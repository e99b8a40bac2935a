"""What an execution leaves beside its lock, for whoever finds the execution gone."""

import json
from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.errors import LockLost
from tasks.runtime import raising

ROOMS = ("request", "execution", "plan", "change_set")


def leave(
    request: Mapping[str, Any], table: str, dynamodb: Any, **captured: Mapping[str, Any]
) -> None:
    """Write what is to be undone or put away to the lock item, over what was there.

    `request` has the rooms of the execution's document, and the lock's owner and fence.
    Raises LockLost where the caller does not hold the lock any more.
    """
    left = {**{room: request[room] for room in ROOMS}, **captured}
    values = {
        ":claim": json.dumps(left, sort_keys=True),
        ":owner": request["owner"],
        ":fence": request["fence"],
    }
    plan, fence = request["plan"], request["fence"]
    place = f"{plan['system']}/{plan['environment']}"
    with raising({}, f"lock of {place}"):
        try:
            dynamodb.update_item(
                TableName=table,
                Key=store.to_item(store.lock(plan["system"], plan["environment"])),
                UpdateExpression="SET claim = :claim",
                ConditionExpression="#owner = :owner AND fence = :fence",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=store.to_item(values),
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            raise LockLost(
                f"The lock of {place} is no longer held under number {fence} by "
                f"{request['owner']}. Nothing was changed; see who holds it with: daytwo status"
            ) from None
