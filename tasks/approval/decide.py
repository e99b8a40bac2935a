"""Take a person's decision on an approval, through a function URL that knows who asks."""

import base64
import json
from typing import Any

from schemas.validation import InvalidDocument, check
from tasks import store
from tasks.decisions import (
    Places,
    Refused,
    count,
    deliver,
    is_unfinished,
    note_refusal,
    read,
    refuse_state,
)
from tasks.errors import Throttled, Unavailable
from tasks.identities import is_among, same_person
from tasks.questions import sentence
from tasks.runtime import client, log, raising, setting, task

FUNCTION_URL = "AWS_IAM"
PERMISSIONS = {
    "dynamodb:GetItem": "${StateTable.Arn}",
    "dynamodb:UpdateItem": "${StateTable.Arn}",
    "dynamodb:PutItem": "${AuditTable.Arn}",
    # The token says which execution; the Service Authorization Reference names no resource.
    "states:SendTaskSuccess": "*",
    "states:SendTaskFailure": "*",
}
MOST_BYTES = 16 * 1024


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
        note_refusal(record, caller, decision, refusal, places)
        raise
    return f"{sentence(record)} is {record['status']}."


def refuse_identity(caller: str, record: dict[str, Any], places: Places) -> None:
    """Refuse the requester, and everyone who has none of the roles asked for at this moment."""
    if same_person(caller, record["requested_by"]):
        raise Refused(
            403,
            f"{record['requested_by']} asked for {record['subject']} and {caller} is the same "
            "person; somebody else has to decide.",
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
