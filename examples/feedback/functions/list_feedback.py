"""GET /feedback: the newest feedback, page by page."""

import base64
import json
import os

from fields import PUBLIC
from service import answer, dynamodb, endpoint

KEY = {"feedbackId", "status", "createdAt"}


@endpoint("list-feedback")
def handler(event, context):
    """Answer 200 with up to `limit` items and the `lastKey` that asks for the next page."""
    asked = event.get("queryStringParameters") or {}
    limit = asked.get("limit", "10")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 3 and 1 <= int(limit) <= 100):
        return answer(400, {"message": "limit: a whole number from 1 to 100 is needed"})
    start = {}
    if asked.get("lastKey"):
        start = decoded(asked["lastKey"])
        if not start:
            return answer(400, {"message": "lastKey: not one that this service gave"})
    page = dynamodb().query(
        TableName=os.environ["FEEDBACK_TABLE_NAME"],
        IndexName="createdAt-index",
        KeyConditionExpression="#status = :active",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":active": {"S": "active"}},
        ScanIndexForward=False,
        Limit=int(limit),
        **({"ExclusiveStartKey": start} if start else {}),
    )
    last = page.get("LastEvaluatedKey")
    body = {"items": [shown(item) for item in page["Items"]], "lastKey": encoded(last)}
    return answer(200, body)


def shown(item):
    """Give what anyone may see of an item: no e-mail address."""
    return {
        name: int(item[name]["N"]) if "N" in item[name] else item[name]["S"]
        for name in PUBLIC
        if name in item
    }


def encoded(key):
    """Give the page's last key as one word that a URL can carry, or None after the last page."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode() if key else None


def decoded(word):
    """Give the key that a word stands for, or nothing where it is none of ours."""
    try:
        key = json.loads(base64.b64decode(word, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(key, dict) or set(key) != KEY:
        return {}
    whole = all(
        isinstance(value, dict) and set(value) == {"S"} and isinstance(value["S"], str)
        for value in key.values()
    )
    return key if whole else {}
