"""Count each new piece of feedback once, from the table's stream into the totals."""

import os
import time

from botocore.exceptions import ClientError
from service import dynamodb, log, now

SENTIMENTS = ("positive", "neutral", "negative")
# A stream keeps a record for 24 hours: no later delivery can come after two days.
REMEMBERED_SECONDS = 2 * 24 * 3600


def handler(event, context):
    """Count a batch; a record that cannot be counted now is given back, with all after it."""
    for record in event["Records"]:
        if record["eventName"] != "INSERT":
            continue
        image = record["dynamodb"]["NewImage"]
        if not countable(image):
            log(
                "ERROR",
                "stream-aggregator",
                event,
                context,
                "UnknownItem",
                "the item has no rating or sentiment and was left out",
                eventId=record["eventID"],
            )
            continue
        try:
            count(record["eventID"], image)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            log(
                "ERROR",
                "stream-aggregator",
                event,
                context,
                code,
                "the batch is asked for again from here",
                eventId=record["eventID"],
            )
            sequence = record["dynamodb"]["SequenceNumber"]
            return {"batchItemFailures": [{"itemIdentifier": sequence}]}
    return {"batchItemFailures": []}


def countable(image):
    """Tell whether the item has what the totals need."""
    return "N" in image.get("rating", {}) and image.get("sentiment", {}).get("S") in SENTIMENTS


def count(event_id, image):
    """Add one item to the totals, unless this very event has been counted before.

    The event's mark and the totals are written in one transaction, so that a batch that is
    delivered again, or in other company, counts nothing twice.
    """
    table = os.environ["ANALYTICS_TABLE_NAME"]
    mark = {
        "aggregateId": {"S": f"event#{event_id}"},
        "lastUpdated": {"S": now()},
        "expiresAt": {"N": str(int(time.time()) + REMEMBERED_SECONDS)},
    }
    totals = "ADD totalCount :one, sumRatings :rating, #s :one"
    update = {
        "TableName": table,
        "Key": {"aggregateId": {"S": "global"}},
        "UpdateExpression": f"SET lastUpdated = :now {totals}",
        "ExpressionAttributeNames": {"#s": f"{image['sentiment']['S']}Count"},
        "ExpressionAttributeValues": {
            ":now": {"S": now()},
            ":one": {"N": "1"},
            ":rating": image["rating"],
        },
    }
    once = {
        "TableName": table,
        "Item": mark,
        "ConditionExpression": "attribute_not_exists(aggregateId)",
    }
    try:
        dynamodb().transact_write_items(TransactItems=[{"Put": once}, {"Update": update}])
    except dynamodb().exceptions.TransactionCanceledException as error:
        reasons = error.response.get("CancellationReasons", [])
        if not reasons or reasons[0].get("Code") != "ConditionalCheckFailed":
            raise
