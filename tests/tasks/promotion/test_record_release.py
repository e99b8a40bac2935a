import manifests
import pytest

from tasks import errors, store
from tasks.locks import acquire_lock, release_lock
from tasks.promotion import record_release, record_rollback

ARN = "arn:aws:states:us-east-1:123456789012:execution:daytwo-promotion:first"
EXECUTION = {"id": ARN, "name": "first", "started_at": "2026-01-01T00:00:00.000Z"}
REQUEST = {
    "system": "shop",
    "release": "1.1.0",
    "environment": "staging",
    "requested_by": "alice",
    "reason": "faster checkout",
}
FIRST, LATER = "2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z"
PLAN = manifests.plan()
PLACE = ("shop", "staging")


@pytest.fixture
def tables(state_table, audit_table):
    return {"state": state_table, "audit": audit_table}


@pytest.fixture
def fence(tables, dynamodb):
    taken = acquire_lock.acquire(*PLACE, ARN, "promotion", 600, 1000, tables["state"], dynamodb)
    return taken["fence"]


@pytest.fixture
def record(tables, fence, dynamodb):
    def write(now=FIRST, fence=fence, owner=ARN, client=dynamodb):
        under = {"owner": owner, "fence": fence}
        return record_release.record(PLAN, REQUEST, EXECUTION, under, now, tables, client)

    return write


@pytest.fixture
def roll_back(tables, dynamodb):
    def write(error="Unhealthy", now=LATER, plan=PLAN, execution=EXECUTION, client=dynamodb):
        failure = {"error": error, "cause": "the alarm is red"}
        return record_rollback.record(plan, REQUEST, execution, failure, now, tables, client)

    return write


@pytest.fixture
def read(state_table, dynamodb):
    def get(key):
        reply = dynamodb.get_item(TableName=state_table, Key=store.to_item(key))
        return store.from_item(reply.get("Item", {}))

    return get


@pytest.fixture
def everything(tables, dynamodb):
    def scan():
        items = [dynamodb.scan(TableName=table)["Items"] for table in tables.values()]
        return [[store.from_item(item) for item in found] for found in items]

    return scan


def test_the_release_is_live_and_verified(record, read):
    assert record() == {"recorded_at": FIRST}
    live = read(store.live(*PLACE))
    assert live["release"] == "1.1.0"
    assert live["digest"] == PLAN["digest"]
    assert live["previous_release"] == "1.0.0"
    assert live["since"] == FIRST
    assert read(store.verified(*PLACE, "1.1.0"))["digest"] == PLAN["digest"]


def test_the_audit_trail_says_who_did_what_on_what_from_what_to_what(record, everything):
    record()
    _, (entry,) = everything()
    assert entry["execution"] == ARN
    assert entry["timestamp"] == EXECUTION["started_at"]
    told = {name: entry[name] for name in ("who", "why", "what", "on_what", "from", "to")}
    assert told == {
        "who": "alice",
        "why": "faster checkout",
        "what": "promotion",
        "on_what": "shop/staging",
        "from": "1.0.0",
        "to": "1.1.0",
    }
    assert entry["outcome"] == "succeeded"


def test_a_second_delivery_changes_nothing(record, everything):
    record()
    before = everything()
    assert record(now=LATER) == {"recorded_at": FIRST}
    assert everything() == before


def test_a_second_delivery_after_the_lock_was_given_back_changes_nothing(
    record, fence, everything, tables, dynamodb
):
    record()
    release_lock.release(*PLACE, ARN, fence, tables["state"], dynamodb)
    before = everything()
    assert record(now=LATER) == {"recorded_at": FIRST}
    assert everything() == before


@pytest.mark.parametrize("lost", [{"fence": 7}, {"owner": ARN + "-other"}])
def test_without_the_lock_nothing_is_recorded(lost, record, everything):
    before = everything()
    with pytest.raises(errors.LockLost, match="shop/staging is no longer held under number"):
        record(**lost)
    assert everything() == before


def test_the_next_promotion_takes_over_what_is_live(record, read, tables, dynamodb):
    record()
    other = EXECUTION | {"id": ARN + "-other"}
    plan = manifests.plan(release="1.2.0", previous={"release": "1.1.0", "digest": "d" * 64})
    record_release.record(plan, REQUEST, other, {"owner": ARN, "fence": 1}, LATER, tables, dynamodb)
    assert read(store.live(*PLACE))["previous_release"] == "1.1.0"


@pytest.mark.parametrize(
    ("code", "raised"),
    [("ThrottlingException", errors.Throttled), ("InternalServerError", errors.Unavailable)],
)
def test_a_refused_write_may_be_retried(code, raised, record, dynamodb, refusing):
    with pytest.raises(raised):
        record(client=refusing(dynamodb, "transact_write_items", code))


def test_throttling_of_the_read_may_be_retried(record, dynamodb, refusing):
    record()
    with pytest.raises(errors.Throttled):
        record(client=refusing(dynamodb, "get_item", "ThrottlingException"))


def test_the_handler_answers_to_its_schema(fence):
    answer = record_release.handler(
        {
            "plan": PLAN,
            "request": REQUEST,
            "owner": ARN,
            "fence": fence,
            "execution": EXECUTION,
        },
        None,
    )
    assert answer["recorded_at"].endswith("Z")


@pytest.mark.parametrize("error", ["Unhealthy", "StackFailed", ""])
def test_a_release_that_is_to_blame_is_quarantined(error, roll_back, read):
    assert roll_back(error) == {"quarantined": True}
    assert read(store.quarantine("shop", PLAN["digest"])) == {
        **store.quarantine("shop", PLAN["digest"]),
        "release": "1.1.0",
        "environment": "staging",
        "cause": "the alarm is red",
        "since": LATER,
        "execution": ARN,
    }


@pytest.mark.parametrize("error", ["Throttled", "Aborted", "AliasMoved", "States.Timeout"])
def test_a_release_that_is_not_to_blame_may_try_again(error, roll_back, read, everything):
    assert roll_back(error) == {"quarantined": False}
    assert read(store.quarantine("shop", PLAN["digest"])) == {}
    assert everything()[1][0]["outcome"] == "rolled back"


def test_a_rollback_delivered_twice_changes_nothing(roll_back, everything):
    roll_back()
    before = everything()
    assert roll_back(now="2026-01-02T00:00:00Z") == {"quarantined": True}
    assert everything() == before


def test_a_second_rollback_elsewhere_keeps_the_first_cause(roll_back, read, everything):
    roll_back()
    other = EXECUTION | {"id": ARN + "-other"}
    roll_back(now="2026-01-02T00:00:00Z", execution=other)
    assert read(store.quarantine("shop", PLAN["digest"]))["since"] == LATER
    assert len(everything()[1]) == 2


def test_a_rollback_leaves_alone_what_it_did_not_record(roll_back, read, dynamodb, state_table):
    live = {**store.live(*PLACE), "release": "1.0.0", "execution": "before"}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(live))
    roll_back()
    assert read(store.live(*PLACE)) == live


def test_a_record_whose_answer_was_lost_is_taken_back(record, roll_back, read):
    record()
    roll_back("States.Timeout")
    live = read(store.live(*PLACE))
    assert (live["release"], live["digest"]) == ("1.0.0", PLAN["previous"]["digest"])
    assert read(store.verified(*PLACE, "1.1.0")) == {}


def test_where_nothing_was_live_nothing_is_live_again(record, roll_back, read):
    record()
    roll_back("States.Timeout", plan=PLAN | {"previous": {"release": "", "digest": ""}})
    assert read(store.live(*PLACE)) == {}


@pytest.mark.parametrize("operation", ["get_item", "transact_write_items"])
def test_throttling_of_each_call_of_a_rollback_may_be_retried(
    operation, roll_back, dynamodb, refusing
):
    with pytest.raises(errors.Throttled):
        roll_back(client=refusing(dynamodb, operation, "ThrottlingException"))


def test_the_rollbacks_handler_answers_to_its_schema(tables):
    document = {"plan": PLAN, "request": REQUEST, "execution": EXECUTION, "cause": "it is red"}
    assert record_rollback.handler(document, None) == {"quarantined": True}
