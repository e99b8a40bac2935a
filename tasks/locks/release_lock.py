"""Give an environment's lock back; its fencing number stays, so that it only ever grows."""

from typing import Any

from tasks import store
from tasks.errors import LockLost
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {"dynamodb:UpdateItem": "${StateTable.Arn}"}
ERRORS: dict[str, Any] = {}


@task
def handler(request: Any, context: Any) -> Any:
    return release(
        request["system"],
        request["environment"],
        request["owner"],
        request["fence"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def release(
    system: str, environment: str, owner: str, fence: int, table: str, dynamodb: Any
) -> dict[str, bool]:
    """Free the lock if the owner still holds it under that number.

    A second delivery finds it free and changes nothing. Raises LockLost where somebody else
    has taken it since.
    """
    with raising(ERRORS, f"lock of {system}/{environment}"):
        try:
            dynamodb.update_item(
                TableName=table,
                Key=store.to_item(store.lock(system, environment)),
                UpdateExpression="REMOVE #owner, since, purpose, lease_expires, claim",
                ConditionExpression="#owner = :owner AND fence = :fence",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=store.to_item({":owner": owner, ":fence": fence}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException as refused:
            found = store.from_item(refused.response.get("Item", {}))
            if "owner" not in found and found.get("fence") == fence:
                return {"released": False}
            raise LockLost(told(system, environment, fence, found)) from None
    return {"released": True}


def told(system: str, environment: str, fence: int, found: dict[str, Any]) -> str:
    """Say what became of the lock."""
    holder = found.get("owner", "")
    now = f"it is held by {holder} under number {found['fence']}" if holder else "it is free"
    return (
        f"The lock of {system}/{environment} is no longer held under number {fence}: {now}. "
        "Look at what both executions changed before promoting again."
    )
