"""Record whether a group of instances was brought to where its schedule wants it."""

from typing import Any

from tasks import store
from tasks.errors import TaskError
from tasks.runtime import client, metric, raising, setting, task
from tasks.schedules.decisions import FOLLOWED, MOST_ATTEMPTS, NOT_FOLLOWED, UNDER_WAY

PERMISSIONS = {"dynamodb:UpdateItem": "${StateTable.Arn}"}
ERRORS: dict[str, type[TaskError]] = {}


@task
def handler(request: Any, context: Any) -> Any:
    return record(
        request["group"],
        request["execution"],
        request["trouble"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def record(
    group: dict[str, Any], execution: str, trouble: str, table: str, dynamodb: Any
) -> dict[str, Any]:
    """Write the outcome unless a later look has taken the group over, and put it in words.

    `trouble` is what went wrong, empty for nothing. Delivered again, nothing changes.
    """
    outcome = NOT_FOLLOWED if trouble else FOLLOWED
    values = {":outcome": outcome, ":mine": execution, ":under_way": UNDER_WAY}
    reset = "" if trouble else ", attempts = :none"
    with raising(ERRORS, group["key"]):
        try:
            reply = dynamodb.update_item(
                TableName=table,
                Key=store.to_item(store.schedule_state(group["key"])),
                UpdateExpression=f"SET outcome = :outcome{reset}",
                ConditionExpression="execution = :mine AND outcome = :under_way",
                ExpressionAttributeValues=store.to_item(
                    {**values, **({} if trouble else {":none": 0})}
                ),
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            attempts = store.from_item(reply["Attributes"])["attempts"]
            metric("Schedules", 1, outcome=outcome)
        except dynamodb.exceptions.ConditionalCheckFailedException as refused:
            attempts = store.from_item(refused.response.get("Item", {})).get("attempts", 0)
    return {"followed": not trouble, "words": _words(group, trouble, attempts) if trouble else ""}


def _words(group: dict[str, Any], trouble: str, attempts: int) -> str:
    if attempts < MOST_ATTEMPTS:
        further = "What is left is tried again at the next look."
    else:
        further = f"It was tried {attempts} times and is left so until the schedule's next change."
    return (
        f"{group['place']} does not follow {group['schedule']}, which wants it "
        f"{group['goal']}: {trouble} {further}"
    )
