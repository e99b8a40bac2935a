"""Recording whether a group was brought to where its schedule wants it."""

import pytest

from tasks import runtime, store
from tasks.schedule import record_outcome

MINE = "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-schedule:tick-1"
GROUP = {
    "key": "shop/dev:shop/office-hours",
    "schedule": "shop/office-hours",
    "place": "shop dev",
    "goal": "off",
    "steps": [{"kind": "capacity"}],
}
KEY = store.schedule_state(GROUP["key"])


@pytest.fixture
def under_way(state_table, dynamodb):
    """Leave a group's record as a look leaves it."""
    runtime._client.cache_clear()

    def put(execution=MINE, attempts=1):
        values = {"goal": "off", "outcome": "under_way", "execution": execution}
        record = {**KEY, **values, "attempts": attempts}
        dynamodb.put_item(TableName=state_table, Item=store.to_item(record))

    return put


def recorded(trouble=""):
    return record_outcome.handler({"group": GROUP, "execution": MINE, "trouble": trouble}, None)


def test_what_was_followed_counts_no_attempts_any_more(under_way, item):
    under_way(attempts=2)
    assert recorded() == {"followed": True, "words": ""}
    assert (item(KEY)["outcome"], item(KEY)["attempts"]) == ("followed", 0)


def test_what_was_not_followed_is_told_and_tried_again(under_way, item):
    under_way()
    answer = recorded("The stop failed.")
    assert answer == {
        "followed": False,
        "words": (
            "shop dev does not follow shop/office-hours, which wants it off: The stop failed. "
            "What is left is tried again at the next look."
        ),
    }
    assert (item(KEY)["outcome"], item(KEY)["attempts"]) == ("not_followed", 1)


def test_after_the_last_attempt_it_says_so(under_way):
    under_way(attempts=3)
    words = recorded("The stop failed.")["words"]
    assert words.endswith("It was tried 3 times and is left so until the schedule's next change.")


def test_delivered_again_it_says_the_same_and_changes_nothing(under_way, item):
    under_way(attempts=3)
    first = recorded("The stop failed.")
    before = item(KEY)
    assert recorded("The stop failed.") == first
    assert item(KEY) == before


def test_a_group_that_a_later_look_has_taken_over_is_left_to_it(under_way, item):
    under_way(execution=MINE + "-later")
    recorded("The stop failed.")
    assert item(KEY)["outcome"] == "under_way"
