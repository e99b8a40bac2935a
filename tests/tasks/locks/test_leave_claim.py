"""A claim beside the lock tells the janitor what a promotion had prepared."""

import json

import manifests
import pytest
from botocore.exceptions import ClientError

from tasks import claims, store
from tasks.errors import LockLost, Throttled
from tasks.locks import leave_claim

OWNER = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:first"
CHANGE_SET = {"arn": "arn:change-set", "ready": True, "empty": False, "changes": []}


@pytest.fixture
def lock(state_table, dynamodb):
    """Hold the lock of the plan's environment under number 3; gives a reader of it."""
    plan = manifests.plan()
    key = store.lock(plan["system"], plan["environment"])
    dynamodb.put_item(
        TableName=state_table, Item=store.to_item({**key, "owner": OWNER, "fence": 3})
    )
    return lambda: store.from_item(
        dynamodb.get_item(TableName=state_table, Key=store.to_item(key))["Item"]
    )


def request(fence=3):
    return {
        "plan": manifests.plan(),
        "request": {"system": "feedback", "release": "1.1.0"},
        "execution": {"id": OWNER, "name": "first", "started_at": "2026-01-01T00:00:00Z"},
        "change_set": CHANGE_SET,
        "owner": OWNER,
        "fence": fence,
    }


def test_the_change_set_is_left_beside_the_lock(lock):
    assert leave_claim.handler(request(), None) == {"left": True}
    claim = json.loads(lock()["claim"])
    assert claim["change_set"] == CHANGE_SET
    assert "captured" not in claim


def test_a_second_delivery_leaves_the_same(lock):
    leave_claim.handler(request(), None)
    before = lock()
    leave_claim.handler(request(), None)
    assert lock() == before


def test_what_was_captured_later_takes_its_place(lock, state_table, dynamodb):
    leave_claim.handler(request(), None)
    claims.leave(request(), state_table, dynamodb, captured={"functions": []})
    assert json.loads(lock()["claim"])["captured"] == {"functions": []}


def test_whoever_lost_the_lock_is_refused(lock):
    with pytest.raises(LockLost, match="no longer held under number 2"):
        leave_claim.handler(request(fence=2), None)
    assert "claim" not in lock()


def test_throttling_may_pass(lock, state_table, dynamodb, monkeypatch):
    def refuse(**_):
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

    monkeypatch.setattr(dynamodb, "update_item", refuse)
    with pytest.raises(Throttled):
        claims.leave(request(), state_table, dynamodb)
