"""Taking and giving back an environment's lock: both sides of one law."""

import json

import boto3
import moto
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tasks import store
from tasks.errors import LockHeld, LockLost, Throttled
from tasks.locks import acquire_lock, release_lock

FIRST, SECOND = (
    f"arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:{name}"
    for name in ("first", "second")
)
PURPOSE = "promotion of 1.1.0 to staging, asked by alice"
NOON = 1_767_268_800  # 2026-01-01T12:00:00Z


@pytest.fixture
def acquire(state_table, dynamodb):
    def ask(owner=FIRST, now=NOON, lease=60, client=dynamodb):
        return acquire_lock.acquire(
            "feedback", "staging", owner, PURPOSE, lease, now, state_table, client
        )

    return ask


@pytest.fixture
def release(state_table, dynamodb):
    def ask(owner=FIRST, fence=1, client=dynamodb):
        return release_lock.release("feedback", "staging", owner, fence, state_table, client)

    return ask


@pytest.fixture
def leave_claim(state_table, dynamodb):
    def leave():
        dynamodb.update_item(
            TableName=state_table,
            Key=store.to_item(store.lock("feedback", "staging")),
            UpdateExpression="SET claim = :claim",
            ExpressionAttributeValues=store.to_item({":claim": json.dumps({})}),
        )

    return leave


def test_a_free_lock_is_taken(acquire):
    assert acquire() == {"fence": 1, "lease_expires": NOON + 60}


def test_the_same_owner_keeps_its_number_and_gets_a_new_lease(acquire):
    acquire()
    assert acquire(now=NOON + 30) == {"fence": 1, "lease_expires": NOON + 90}


def test_the_same_owner_keeps_its_number_even_after_its_lease_ran_out(acquire):
    acquire()
    assert acquire(now=NOON + 500) == {"fence": 1, "lease_expires": NOON + 560}


def test_who_is_refused_learns_who_holds_it_since_when_for_what_and_how_to_see_it(acquire):
    acquire()
    with pytest.raises(LockHeld) as refused:
        acquire(SECOND, now=NOON + 60)
    said = str(refused.value)
    assert f"since 2026-01-01T12:00:00Z by {FIRST} for: {PURPOSE}" in said
    assert "runs until 2026-01-01T12:01:00Z" in said
    assert f"daytwo watch {FIRST}" in said


def test_a_lease_that_ran_out_may_be_taken_over(acquire):
    acquire()
    assert acquire(SECOND, now=NOON + 61) == {"fence": 2, "lease_expires": NOON + 121}


def test_a_lease_that_ran_out_over_a_claim_is_left_to_the_janitor(acquire, leave_claim):
    acquire()
    leave_claim()
    with pytest.raises(LockHeld, match="not undone yet; start the janitor"):
        acquire(SECOND, now=NOON + 61)


def test_the_number_grows_over_a_release(acquire, release):
    acquire()
    assert release() == {"released": True}
    assert acquire(SECOND)["fence"] == 2


def test_a_release_delivered_twice_changes_nothing(acquire, release):
    acquire()
    release()
    assert release() == {"released": False}


def test_a_release_takes_the_claim_with_it(acquire, release, leave_claim, state_table, dynamodb):
    acquire()
    leave_claim()
    release()
    key = store.lock("feedback", "staging")
    item = dynamodb.get_item(TableName=state_table, Key=store.to_item(key))["Item"]
    assert store.from_item(item) == {**key, "fence": 1}


def test_a_lock_that_was_taken_over_is_not_given_back_by_the_one_who_lost_it(acquire, release):
    acquire()
    acquire(SECOND, now=NOON + 61)
    with pytest.raises(LockLost, match=f"held by {SECOND} under number 2"):
        release()
    assert release(SECOND, fence=2) == {"released": True}


def test_a_lock_that_never_was_cannot_be_given_back(release):
    with pytest.raises(LockLost, match="it is free"):
        release()


def test_another_environment_has_a_lock_of_its_own(acquire, state_table, dynamodb):
    acquire()
    other = acquire_lock.acquire(
        "feedback", "prod", SECOND, PURPOSE, 60, NOON, state_table, dynamodb
    )
    assert other["fence"] == 1


def test_both_handlers_answer_to_their_schemas(state_table):
    place = {"system": "feedback", "environment": "prod", "owner": FIRST}
    taken = acquire_lock.handler({**place, "purpose": PURPOSE, "lease_seconds": 60}, None)
    assert taken["fence"] == 1
    assert release_lock.handler({**place, "fence": 1}, None) == {"released": True}


def test_throttling_of_each_call_may_be_retried(acquire, release, dynamodb, refusing):
    code = "ProvisionedThroughputExceededException"
    with pytest.raises(Throttled):
        acquire(client=refusing(dynamodb, "update_item", code))
    acquire()
    with pytest.raises(Throttled):
        acquire(client=refusing(dynamodb, "update_item", code, nth=2))
    with pytest.raises(Throttled):
        release(client=refusing(dynamodb, "update_item", code))


class Law(RuleBasedStateMachine):
    """At most one owner at a time, and a number that grows with each new holder."""

    def __init__(self):
        super().__init__()
        self.account = moto.mock_aws()
        self.account.start()
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        keys = ("pk", "sk")
        self.dynamodb.create_table(
            TableName="state",
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.now, self.holder, self.fence, self.expires = NOON, "", 0, 0

    def teardown(self):
        self.account.stop()

    @rule(seconds=st.integers(0, 90))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(owner=st.sampled_from("abc"), lease=st.integers(1, 60))
    def somebody_asks(self, owner, lease):
        may = self.holder in ("", owner) or self.expires < self.now
        try:
            taken = acquire_lock.acquire(
                "s", "e", owner, "p", lease, self.now, "state", self.dynamodb
            )
        except LockHeld:
            assert not may
            return
        assert may
        assert taken["fence"] == self.fence + (owner != self.holder)
        self.holder, self.fence, self.expires = owner, taken["fence"], self.now + lease

    @rule(owner=st.sampled_from("abc"), back=st.integers(0, 2))
    def somebody_gives_back(self, owner, back):
        fence = self.fence - back
        try:
            released = release_lock.release("s", "e", owner, fence, "state", self.dynamodb)
        except LockLost:
            assert (owner, fence) != (self.holder, self.fence)
            return
        assert released == {"released": self.holder != ""}
        assert fence == self.fence
        self.holder = ""

    @precondition(lambda self: self.fence)
    @invariant()
    def the_table_says_the_same(self):
        item = self.dynamodb.get_item(TableName="state", Key=store.to_item(store.lock("s", "e")))
        found = store.from_item(item["Item"])
        assert (found.get("owner", ""), found["fence"]) == (self.holder, self.fence)


Law.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestTheLawOfLocks = Law.TestCase
