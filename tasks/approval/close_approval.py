"""Close an execution's approval that nobody is to decide any more."""

from typing import Any

from tasks import audit, store
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    "dynamodb:UpdateItem": "${StateTable.Arn}",
    "dynamodb:PutItem": "${AuditTable.Arn}",
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return close(
        request["execution"],
        request["status"],
        table=setting("STATE_TABLE"),
        audit_table=setting("AUDIT_TABLE"),
        dynamodb=client("dynamodb"),
    )


def close(
    execution: str, status: str, *, table: str, audit_table: str, dynamodb: Any
) -> dict[str, Any]:
    """Mark the execution's pending approval as expired or void, and say how many that were.

    A decision stays as it is, but for one that the execution never got: where the wait has
    expired, so has that decision.
    """
    still_open = ["pending", "approved", "rejected"] if status == "expired" else ["pending"]
    values = {f":open{number}": value for number, value in enumerate(still_open)}
    with raising({}, table):
        try:
            reply = dynamodb.update_item(
                TableName=table,
                Key=store.to_item(store.approval(store.approval_id(execution))),
                UpdateExpression="SET #status = :status",
                ConditionExpression=(
                    f"#status IN ({', '.join(values)}) AND attribute_not_exists(delivered_at)"
                ),
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=store.to_item({":status": status, **values}),
                ReturnValues="ALL_NEW",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return {"closed": 0}
    record = store.from_item(reply["Attributes"])
    audit.write_decision(
        record,
        who="daytwo",
        what="close the approval",
        outcome=status,
        why="nobody decided in time" if status == "expired" else "what asked for it has ended",
        table=audit_table,
        dynamodb=dynamodb,
    )
    return {"closed": 1}
