"""Counting a decision on an approval once, and handing it to the execution that waits."""

import json
import time
from typing import Any, NamedTuple

from tasks import audit, store
from tasks.errors import NoLongerWaiting, TaskError
from tasks.questions import sentence
from tasks.runtime import iso, log, raising

# Step Functions API Reference, "SendTaskSuccess": what a token answers that is used up.
CLOSED = dict.fromkeys(("TaskDoesNotExist", "TaskTimedOut", "InvalidToken"), NoLongerWaiting)

STATUS = {"approve": "approved", "reject": "rejected"}


class Refused(Exception):
    """A decision that does not count: the HTTP status, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Places(NamedTuple):
    """Where decisions are kept and delivered."""

    table: str
    audit_table: str
    dynamodb: Any
    stepfunctions: Any


def read(identifier: str, places: Places) -> dict[str, Any]:
    """Read an approval's record as it is now."""
    with raising({}, places.table):
        reply = places.dynamodb.get_item(
            TableName=places.table,
            Key=store.to_item(store.approval(identifier)),
            ConsistentRead=True,
        )
    if "Item" not in reply:
        raise Refused(404, f"There is no approval {identifier}. `daytwo approvals` lists them.")
    return store.from_item(reply["Item"])


def is_unfinished(record: dict[str, Any], caller: str, decision: dict[str, str]) -> bool:
    """Tell whether this very decision was recorded before and never delivered."""
    return (
        record["status"] == STATUS[decision["decision"]]
        and record["decided_by"] == caller
        and "delivered_at" not in record
    )


def refuse_state(record: dict[str, Any]) -> None:
    """Refuse what is decided, closed or expired."""
    if record["status"] in STATUS.values():
        raise Refused(
            409,
            f"{sentence(record)} was {record['status']} by {record['decided_by']} at "
            f"{record['decided_at']}; a decision counts once.",
        )
    if record["status"] == "void":
        raise Refused(409, f"{sentence(record)} has ended; there is nothing to decide any more.")
    if record["status"] == "expired" or record["expires_at"] <= time.time():
        raise Refused(410, f"The approval of {sentence(record)} expired. Start it again.")


def count(
    record: dict[str, Any], caller: str, decision: dict[str, str], places: Places
) -> dict[str, Any]:
    """Record the decision, if none was and the question is still the same."""
    values = {
        ":status": STATUS[decision["decision"]],
        ":caller": caller,
        ":at": audit.moment(),
        ":reason": decision["reason"],
        ":pending": "pending",
        ":token": record["task_token"],
    }
    with raising({}, places.table):
        try:
            reply = places.dynamodb.update_item(
                TableName=places.table,
                Key=store.to_item(store.approval(decision["id"])),
                UpdateExpression=(
                    "SET #status = :status, decided_by = :caller, decided_at = :at, "
                    "decision_reason = :reason"
                ),
                ConditionExpression="#status = :pending AND task_token = :token",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=store.to_item(values),
                ReturnValues="ALL_NEW",
            )
        except places.dynamodb.exceptions.ConditionalCheckFailedException:
            refuse_state(read(decision["id"], places))
            raise Refused(409, "The question was put again just now. Look at it again.") from None
    return store.from_item(reply["Attributes"])


def deliver(record: dict[str, Any], places: Places) -> None:
    """Hand a recorded decision to the execution, and remember that it has it."""
    try:
        note_decision(record, places)
        with raising(CLOSED, record["execution"]):
            call_back(record, places.stepfunctions)
    except NoLongerWaiting:
        raise Refused(
            410, f"{sentence(record)} no longer waits for a decision: it has gone on or ended."
        ) from None
    except TaskError as error:
        log.warning("not delivered", extra={"reason": str(error)})
        raise Refused(
            503,
            f"Your decision is recorded, but {sentence(record)} did not get it yet. Send the same "
            "again to finish it.",
        ) from error
    mark_delivered(record, places)


def call_back(record: dict[str, Any], stepfunctions: Any) -> None:
    """Answer the task token: success with who approved, or the failure ApprovalRejected."""
    token, reason = record["task_token"], record["decision_reason"]
    if record["status"] == "rejected":
        stepfunctions.send_task_failure(
            taskToken=token,
            error="ApprovalRejected",
            cause=f"Rejected by {record['decided_by']}: {reason}",
        )
        return
    output = {name: record[name] for name in ("status", "decided_by", "decided_at")}
    output |= {"id": record["sk"], "reason": reason}
    stepfunctions.send_task_success(taskToken=token, output=json.dumps(output))


def mark_delivered(record: dict[str, Any], places: Places) -> None:
    """Remember that the execution has the decision; it stands even if that fails."""
    try:
        with raising({}, places.table):
            places.dynamodb.update_item(
                TableName=places.table,
                Key=store.to_item(store.approval(record["sk"])),
                UpdateExpression="SET delivered_at = :now",
                ConditionExpression="task_token = :token",
                ExpressionAttributeValues=store.to_item(
                    {":now": iso(), ":token": record["task_token"]}
                ),
            )
    except TaskError as error:
        log.warning("delivery not marked", extra={"reason": str(error)})


def note_refusal(
    record: dict[str, Any], caller: str, decision: dict[str, str], refusal: Refused, places: Places
) -> None:
    """Write a decision that does not count into the audit trail."""
    audit.write_decision(
        record,
        who=caller,
        what=decision["decision"],
        outcome=f"refused: {refusal}",
        why=decision["reason"],
        table=places.audit_table,
        dynamodb=places.dynamodb,
    )


def note_decision(record: dict[str, Any], places: Places) -> None:
    """Write a recorded decision into the audit trail, once however often it is delivered."""
    audit.write_decision(
        record,
        who=record["decided_by"],
        what="decide",
        outcome=record["status"],
        why=record["decision_reason"],
        table=places.audit_table,
        dynamodb=places.dynamodb,
        timestamp=record["decided_at"],
    )
