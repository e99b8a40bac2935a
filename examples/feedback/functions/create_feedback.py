"""POST /feedback: take in one piece of feedback."""

import base64
import binascii
import json
import os
import uuid

from fields import problems, stored
from sentiment import analyze
from service import answer, dynamodb, endpoint, log, now


@endpoint("create-feedback")
def handler(event, context):
    """Answer 201 with the feedback's id, or 400 with what is wrong with each field."""
    body = parsed(event)
    if body is None:
        return answer(400, {"message": "the body is not a JSON object", "problems": []})
    wrong = problems(body)
    if wrong:
        log("WARN", "create-feedback", event, context, "ValidationError", "; ".join(wrong), **body)
        return answer(400, {"message": "the feedback was not taken", "problems": wrong})
    key, created = str(uuid.uuid4()), now()
    item = {"feedbackId": {"S": key}, "status": {"S": "active"}, "createdAt": {"S": created}}
    dynamodb().put_item(
        TableName=os.environ["FEEDBACK_TABLE_NAME"],
        Item=item | stored(body) | analyze(body["message"]),
        ConditionExpression="attribute_not_exists(feedbackId)",
    )
    return answer(201, {"feedbackId": key, "createdAt": created})


def parsed(event):
    """Give the request's JSON object, or None where there is none."""
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        document = json.loads(body)
    except (ValueError, binascii.Error, RecursionError):
        return None
    return document if isinstance(document, dict) else None
