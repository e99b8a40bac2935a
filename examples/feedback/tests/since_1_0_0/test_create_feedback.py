import base64
import json

import pytest
from botocore.exceptions import ClientError
from create_feedback import handler


def stored(database):
    return database.scan(TableName="feedback-test-feedback")["Items"]


def test_feedback_is_stored_with_its_sentiment(create, feedback, database):
    status, answer = create(feedback)
    (item,) = stored(database)
    assert status == 201
    assert item["feedbackId"]["S"] == answer["feedbackId"]
    assert item["rating"] == {"N": "5"}
    assert item["sentiment"] == {"S": "positive"}
    assert item["email"] == {"S": "ada@example.com"}


@pytest.mark.parametrize(
    ("message", "sentiment"),
    [
        ("Great, I love it", "positive"),
        ("Slow and broken", "negative"),
        ("Great but slow", "neutral"),
        ("GOOD", "positive"),
    ],
)
def test_the_words_tell_the_sentiment(create, feedback, database, message, sentiment):
    create(feedback | {"message": message})
    assert stored(database)[0]["sentiment"] == {"S": sentiment}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", "x" * 101),
        ("email", "nobody"),
        ("email", "a b@example.com"),
        ("email", 7),
        ("rating", 0),
        ("rating", 6),
        ("rating", "5"),
        ("rating", True),
        ("rating", 4.5),
        ("message", "  "),
        ("message", "x" * 5001),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(create, feedback, database, field, value):
    status, answer = create(feedback | {field: value})
    assert status == 400
    assert [problem.split(":")[0] for problem in answer["problems"]] == [field]
    assert stored(database) == []


@pytest.mark.parametrize("body", ["", None, "{", "[]", '"text"', "[" * 100_000])
def test_a_body_that_is_no_object_is_answered(context, body):
    response = handler({"body": body}, context)
    assert response["statusCode"] == 400
    assert "not a JSON object" in response["body"]


def test_a_body_in_base64_is_understood(context, feedback):
    body = base64.b64encode(json.dumps(feedback).encode()).decode()
    assert handler({"body": body, "isBase64Encoded": True}, context)["statusCode"] == 201


def test_broken_base64_is_answered(context):
    assert handler({"body": "%%%", "isBase64Encoded": True}, context)["statusCode"] == 400


def test_the_log_holds_no_personal_data(create, feedback, lines):
    create(feedback | {"rating": 9})
    warning, request = lines()
    assert warning["errorType"] == "ValidationError"
    assert warning["metadata"] == {
        "name": "[REDACTED]",
        "email": "[REDACTED]",
        "rating": 9,
        "message": "[REDACTED]",
    }
    assert request["metadata"]["statusCode"] == 400


def test_a_log_line_has_the_fields_that_are_searched_for(context, feedback, lines):
    caller = {"requestContext": {"authorizer": {"principalId": "user-7"}}}
    handler({"body": json.dumps(feedback), **caller}, context)
    (line,) = lines()
    assert set(line) == {
        "timestamp", "level", "service", "requestId", "userId",
        "errorType", "errorMessage", "metadata",
    }  # fmt: skip
    assert (line["service"], line["requestId"]) == ("create-feedback", "request-1")
    assert line["userId"] == "user-7"
    assert line["timestamp"].endswith("Z")


def test_what_nobody_expects_is_logged_and_counts_as_an_error(create, feedback, lines, monkeypatch):
    monkeypatch.setenv("FEEDBACK_TABLE_NAME", "no-such-table")
    with pytest.raises(ClientError):
        create(feedback)
    (line,) = lines()
    assert line["level"] == "ERROR"
    assert line["errorType"] == "ResourceNotFoundException"
