import json
import time

import service
from botocore.exceptions import ClientError
from get_analytics import handler as analytics
from stream_aggregator import handler as aggregate


def record(number, rating=4, sentiment="positive", event="INSERT", **image):
    whole = {"rating": {"N": str(rating)}, "sentiment": {"S": sentiment}}
    return {
        "eventID": f"event-{number}",
        "eventName": event,
        "dynamodb": {"SequenceNumber": str(number), "NewImage": image or whole},
    }


def counted(context):
    return json.loads(analytics({}, context)["body"])


def test_before_any_feedback_there_is_no_average(context):
    assert counted(context) == {
        "totalFeedback": 0,
        "averageRating": None,
        "sentiment": {"positive": 0, "neutral": 0, "negative": 0},
        "lastUpdated": None,
    }


def test_a_batch_is_counted(context):
    records = [record(1, 5), record(2, 4, "neutral"), record(3, 4, "negative")]
    assert aggregate({"Records": records}, context) == {"batchItemFailures": []}
    totals = counted(context)
    assert totals["totalFeedback"] == 3
    assert totals["averageRating"] == 4.3
    assert totals["sentiment"] == {"positive": 1, "neutral": 1, "negative": 1}
    assert totals["lastUpdated"].endswith("Z")


def test_a_batch_that_is_delivered_again_counts_nothing_twice(context):
    aggregate({"Records": [record(1), record(2)]}, context)
    aggregate({"Records": [record(1), record(2), record(3)]}, context)
    assert counted(context)["totalFeedback"] == 3


def test_only_new_feedback_is_counted(context):
    aggregate({"Records": [record(1, event="MODIFY"), record(2, event="REMOVE")]}, context)
    assert counted(context)["totalFeedback"] == 0


def test_an_item_of_another_kind_is_logged_and_left_out(context, lines):
    aggregate({"Records": [record(1, feedbackId={"S": "x"}), record(2)]}, context)
    assert counted(context)["totalFeedback"] == 1
    assert lines()[0]["errorType"] == "UnknownItem"


def test_what_cannot_be_counted_now_is_asked_for_again_from_there(context, lines, monkeypatch):
    client = service.dynamodb()
    write, calls = client.transact_write_items, []

    def throttled(**request):
        calls.append(request)
        if len(calls) == 2:
            error = {"Error": {"Code": "ThrottlingException", "Message": "slow down"}}
            raise ClientError(error, "TransactWriteItems")
        return write(**request)

    monkeypatch.setattr(client, "transact_write_items", throttled)
    records = [record(1), record(2), record(3)]
    failed = aggregate({"Records": records}, context)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert lines()[0]["errorType"] == "ThrottlingException"
    aggregate({"Records": records[1:]}, context)
    assert counted(context)["totalFeedback"] == 3


def test_a_transaction_refused_for_another_reason_is_asked_for_again(context, monkeypatch):
    client = service.dynamodb()
    refusal = client.exceptions.TransactionCanceledException(
        {
            "Error": {"Code": "TransactionCanceledException", "Message": "conflict"},
            "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
        },
        "TransactWriteItems",
    )

    def refused(**request):
        raise refusal

    monkeypatch.setattr(client, "transact_write_items", refused)
    assert aggregate({"Records": [record(1)]}, context)["batchItemFailures"]


def test_a_mark_outlives_the_stream_and_then_goes(context, database):
    aggregate({"Records": [record(1)]}, context)
    key = {"aggregateId": {"S": "event#event-1"}}
    item = database.get_item(TableName="feedback-test-analytics", Key=key)["Item"]
    assert int(item["expiresAt"]["N"]) > time.time() + 24 * 3600
