import base64
import json

import pytest


@pytest.fixture
def five(database):
    for number in range(5):
        item = {
            "feedbackId": {"S": f"id-{number}"},
            "status": {"S": "active"},
            "createdAt": {"S": f"2026-10-0{number + 1}T00:00:00.000Z"},
            "name": {"S": "Ada"},
            "email": {"S": "ada@example.com"},
            "rating": {"N": str(number + 1)},
            "message": {"S": "good"},
            "sentiment": {"S": "positive"},
        }
        database.put_item(TableName="feedback-test-feedback", Item=item)


def ratings(answer):
    return [item["rating"] for item in answer["items"]]


def test_the_newest_come_first(listed, five):
    status, answer = listed()
    assert status == 200
    assert ratings(answer) == [5, 4, 3, 2, 1]
    assert answer["lastKey"] is None


def test_pages_follow_each_other_without_a_gap(listed, five):
    seen, key = [], {}
    for _ in range(3):
        _, answer = listed(limit="2", **key)
        seen += ratings(answer)
        key = {"lastKey": answer["lastKey"]}
    assert seen == [5, 4, 3, 2, 1]
    assert answer["lastKey"] is None


def test_an_email_address_is_never_shown(listed, five):
    assert "ada@example.com" not in json.dumps(listed())


def test_no_feedback_is_an_empty_list(listed):
    assert listed() == (200, {"items": [], "lastKey": None})


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.5", "\u0663", "9" * 5000])
def test_a_wrong_limit_is_answered(listed, limit):
    status, answer = listed(limit=limit)
    assert status == 400
    assert answer["message"].startswith("limit:")


def word(key):
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


@pytest.mark.parametrize(
    "key",
    [
        "%",
        "nonsense",
        "bm9uc2Vuc2U=",
        word([]),
        word({"feedbackId": {"S": "x"}}),
        word({"feedbackId": "x", "status": "y", "createdAt": "z"}),
        word({"feedbackId": {"S": 1}, "status": {"S": "y"}, "createdAt": {"S": "z"}}),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
def test_a_key_that_is_none_of_ours_is_answered(listed, key):
    status, answer = listed(lastKey=key)
    assert status == 400
    assert answer["message"].startswith("lastKey:")
