"""Take a person's decision on a promotion, through a function URL that knows who asks."""

import base64
import json
import time
from typing import Any, NamedTuple

from schemas.validation import InvalidDocument, check
from tasks import audit, store
from tasks.errors import NoLongerWaiting, TaskError, Throttled, Unavailable
from tasks.identities import is_among, same_person
from tasks.runtime import client, iso, log, raising, setting, task

FUNCTION_URL = "AWS_IAM"
PERMISSIONS = {
    "dynamodb:GetItem": "${StateTable.Arn}",
    "dynamodb:UpdateItem": "${StateTable.Arn}",
    "dynamodb:PutItem": "${AuditTable.Arn}",
    # The token says which execution; the Service Authorization Reference names no resource.
    "states:SendTaskSuccess": "*",
    "states:SendTaskFailure": "*",
}
# Step Functions API Reference, "SendTaskSuccess": what a token answers that is used up.
CLOSED = dict.fromkeys(("TaskDoesNotExist", "TaskTimedOut", "InvalidToken"), NoLongerWaiting)

STATUS = {"approve": "approved", "reject": "rejected"}
MOST_BYTES = 16 * 1024


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


@task
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return answer(
        event,
        Places(
            setting("STATE_TABLE"),
            setting("AUDIT_TABLE"),
            client("dynamodb"),
            client("stepfunctions"),
        ),
    )


def answer(event: dict[str, Any], places: Places) -> dict[str, Any]:
    """Answer one request of the function URL with a status and a JSON body.

    Source: Lambda Developer Guide, "Invoking Lambda function URLs" (payload format 2.0).
    """
    try:
        status, message = 200, decide(caller_of(event), decision_of(event), places)
    except Refused as refusal:
        status, message = refusal.status, str(refusal)
    except (Throttled, Unavailable) as error:
        status, message = 503, f"Try again in a moment: {error}"
    log.info("answered", extra={"status": status, "answer": message})
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps({"status": status, "message": message}),
    }


def caller_of(event: dict[str, Any]) -> str:
    """Name the IAM identity that signed the request."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    caller = (authorizer.get("iam") or {}).get("userArn") or ""
    if not caller:
        raise Refused(403, "The request is not signed with AWS credentials, so nobody asks.")
    return str(caller)


def decision_of(event: dict[str, Any]) -> dict[str, str]:
    """Read the decision out of the request's body."""
    body = event.get("body") or ""
    if len(body) > MOST_BYTES:
        raise Refused(400, f"The body is larger than {MOST_BYTES} bytes.")
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode("utf-8")
        return check(json.loads(body), "tasks/approval/decide", "decision")
    except InvalidDocument as invalid:
        raise Refused(400, f"The decision is wrong. {invalid}") from None
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON with id, decision, reason and digest.") from None


def decide(caller: str, decision: dict[str, str], places: Places) -> str:
    """Count a decision once and hand it to the execution that waits for it.

    The decision is recorded before it is delivered: when the delivery fails, the same
    person's same request finishes it. Raises Refused.
    """
    record = read(decision["id"], places)
    try:
        refuse_identity(caller, record, places)
        if decision["digest"] != record["digest"]:
            raise Refused(
                409,
                f"This approval is for the digest {record['digest']}, not for "
                f"{decision['digest']}. Look at it again with `daytwo approvals`.",
            )
        if not is_unfinished(record, caller, decision):
            refuse_state(record)
            record = count(record, caller, decision, places)
        deliver(record, places)
    except Refused as refusal:
        note(record, caller, decision, f"refused: {refusal}", places)
        raise
    return f"{told(record)} is {record['status']}."


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


def refuse_identity(caller: str, record: dict[str, Any], places: Places) -> None:
    """Refuse the requester, and everyone who has none of the roles asked for at this moment."""
    if same_person(caller, record["requested_by"]):
        raise Refused(
            403,
            f"{caller} asked for this promotion (as {record['requested_by']}); somebody else "
            "has to decide.",
        )
    with raising({}, places.table):
        reply = places.dynamodb.get_item(
            TableName=places.table,
            Key=store.to_item(store.system(record["system"])),
            ConsistentRead=True,
        )
    manifest = json.loads(reply["Item"]["manifest"]["S"]) if "Item" in reply else {}
    members = manifest.get("roles", {})
    if not any(is_among(caller, members.get(role, ())) for role in record["roles"]):
        raise Refused(
            403,
            f"{caller} is not {' or '.join(record['roles'])} of {record['system']}. The roles "
            f"are in the system's manifest: `daytwo systems show {record['system']}`.",
        )


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
            f"{told(record)} was {record['status']} by {record['decided_by']} at "
            f"{record['decided_at']}; a decision counts once.",
        )
    if record["status"] == "void":
        raise Refused(409, f"{told(record)} has ended; there is nothing to decide any more.")
    if record["status"] == "expired" or record["expires_at"] <= time.time():
        raise Refused(410, f"The approval of {told(record)} expired. Start the promotion again.")


def count(
    record: dict[str, Any], caller: str, decision: dict[str, str], places: Places
) -> dict[str, Any]:
    """Record the decision, if none was and the question is still the same."""
    values = {
        ":status": STATUS[decision["decision"]],
        ":caller": caller,
        ":at": audit.now(),
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
        note(record, record["decided_by"], {}, record["status"], places)
        with raising(CLOSED, record["execution"]):
            call_back(record, places.stepfunctions)
    except NoLongerWaiting:
        raise Refused(
            410, f"{told(record)} no longer waits for a decision: it has gone on or ended."
        ) from None
    except TaskError as error:
        log.warning("not delivered", extra={"reason": str(error)})
        raise Refused(
            503,
            f"Your decision is recorded, but {told(record)} did not get it yet. Send the same "
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


def note(
    record: dict[str, Any], actor: str, decision: dict[str, str], outcome: str, places: Places
) -> None:
    """Write a decision, or a refused one, into the audit trail."""
    audit.write(
        places.audit_table,
        places.dynamodb,
        execution=record["execution"],
        actor=actor,
        action=decision.get("decision", "decide"),
        target=told(record),
        outcome=outcome,
        timestamp="" if decision else record["decided_at"],
        reason=decision.get("reason", record.get("decision_reason", "")),
        approval=record["sk"],
        digest=record["digest"],
    )


def told(record: dict[str, Any]) -> str:
    """Name the promotion in words."""
    return f"The promotion of {record['system']} {record['release']} to {record['environment']}"
