"""A batch is recorded whole and once: an entry for each instance, and its own record."""

import json

import pytest
from batches import EXECUTION, operation, planned
from fleets import make_fleet

from tasks import store
from tasks.ec2 import record_batch
from tasks.errors import AwsCallFailed, Throttled, Unavailable
from tasks.fleets import fleet, operations

FIRST, LATER = "2026-11-20T21:05:00Z", "2026-11-20T21:06:00Z"
IDS = [f"i-{number:017x}" for number in range(99)]
COUNTS = ("succeeded", "failed", "not_touched", "interrupted")


def batch(ids=IDS[:3], number=1, **instance):
    return {
        "number": number,
        "wait_seconds": 0,
        "after_others": False,
        "in_service": False,
        "type": "t3.micro",
        "zone": "us-east-1a",
        "instances": [planned(one, **instance) for one in ids],
    }


def request(ids=IDS[:3], work=None, action="stop", outcome="", cause="", number=1, **more):
    return {
        "batch": batch(ids, number),
        "operation": operation(action) | more,
        "work": work or fleet.reach(fleet.begin(ids), ids),
        "outcome": outcome,
        "cause": cause,
        "replacements": [],
    }


@pytest.fixture
def tables(state_table, audit_table):
    return {"state": state_table, "audit": audit_table}


@pytest.fixture
def record(tables, dynamodb):
    def run(asked, found=None, now=FIRST, client=dynamodb):
        return record_batch.record(asked, found or {}, now, tables, client)

    return run


@pytest.fixture
def trail(audit_table, dynamodb):
    def read():
        pages = dynamodb.get_paginator("scan").paginate(TableName=audit_table)
        items = [store.from_item(item) for page in pages for item in page["Items"]]
        return {item["id"]: item for item in items}

    return read


@pytest.fixture
def records(state_table, dynamodb):
    return lambda: list(operations.partition("EC2BATCH#op-1", state_table, dynamodb))


def test_each_instance_has_an_entry_that_says_who_did_what_and_how_it_ended(record, trail):
    assert record(request(system="shop", environment="dev"))["recorded"] == 3
    assert trail()[IDS[0]] == {
        "id": IDS[0],
        "timestamp": EXECUTION["started_at"],
        "recorded_at": FIRST,
        "who": "arn:aws:iam::123456789012:user/alice",
        "why": "as the test asks",
        "what": "stop",
        "on_what": IDS[0],
        "system": "shop",
        "environment": "dev",
        "from": "running t3.micro",
        "to": "stopped t3.micro",
        "outcome": "succeeded",
        "error": "",
        "reason": "",
        "operation": "op-1",
        "execution": EXECUTION["id"],
    }
    assert sorted(trail()) == IDS[:3]


def test_a_full_batch_fits_one_transaction(record, trail, records):
    failures = dict.fromkeys(IDS[50:], ("TimedOut", "x" * 600))
    work = fleet.fail(fleet.reach(fleet.begin(IDS), IDS[:50]), failures, changed=True)
    answer = record(request(IDS, work))
    assert answer == {
        "recorded": 99,
        "succeeded": 50,
        "failed": 49,
        "not_touched": 0,
        "interrupted": 0,
    }
    assert len(trail()) == 99
    (item,) = records()
    assert item["changed_ids"] == IDS[50:]
    assert len(json.loads(item["failures"])) == 49


def test_recorded_twice_it_is_recorded_once_and_answered_alike(record, trail, records):
    answer = record(request())
    before = (trail(), records())
    failed = fleet.fail(fleet.begin(IDS[:3]), dict.fromkeys(IDS[:3], ("E", "e")), changed=True)
    assert record(request(work=failed), now=LATER) == answer
    assert (trail(), records()) == before


def test_a_batch_that_was_recorded_is_not_recorded_as_interrupted(record, trail):
    answer = record(request())
    assert record(request(outcome="interrupted", cause="killed"), now=LATER) == answer
    assert {entry["outcome"] for entry in trail().values()} == {"succeeded"}


@pytest.mark.parametrize("outcome", ["not_touched", "interrupted"])
def test_a_batch_that_did_not_go_its_way_says_why(outcome, record, trail, records):
    cause = json.dumps({"errorType": "Throttled", "errorMessage": "StopInstances: no"})
    assert record(request(outcome=outcome, cause=cause))[outcome] == 3
    assert {entry["outcome"] for entry in trail().values()} == {outcome}
    assert {entry["reason"] for entry in trail().values()} == {"StopInstances: no"}
    assert records()[0]["cause"] == "StopInstances: no"


def test_another_operation_of_the_same_instances_has_its_own_entries(record, trail, dynamodb):
    record(request())
    later = EXECUTION | {"started_at": "2026-11-21T06:00:00Z"}
    record(request(id="op-2", execution=later, action="start"))
    assert len(trail()) == 3
    count = dynamodb.scan(TableName="daytwo-audit", Select="COUNT")["Count"]
    assert count == 6


def test_an_entry_of_another_operation_is_never_written_over(record, trail):
    record(request())
    before = trail()
    with pytest.raises(AwsCallFailed, match="batch 1 of op-2 was not recorded"):
        record(request(id="op-2"), now=LATER)
    assert trail() == before


@pytest.mark.parametrize(
    ("code", "raised"),
    [("ThrottlingException", Throttled), ("InternalServerError", Unavailable)],
)
@pytest.mark.parametrize("call", ["transact_write_items", "get_item"])
def test_a_refused_call_is_tried_again_whole(code, raised, call, record, dynamodb, refusing, trail):
    if call == "get_item":
        record(request())
    before = trail()
    with pytest.raises(raised):
        record(request(), client=refusing(dynamodb, call, code))
    assert trail() == before
    assert record(request())["recorded"] == 3


def test_each_outcome_is_counted_once(record, capsys):
    failed = fleet.fail(fleet.begin(IDS[:3]), {IDS[0]: ("E", "e")}, changed=False)
    asked = request(work=fleet.reach(failed, IDS[:3]))
    record(asked)
    record(asked)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = {(line["action"], line["outcome"]): line["Instances"] for line in lines}
    assert told == {("stop", "succeeded"): 2, ("stop", "failed"): 1}
    assert len(lines) == 2


def test_where_types_could_differ_it_looks_what_they_are_now(account, cloud):
    ids = make_fleet(cloud, 2, type="t3.small")
    assert record_batch.now_are(ids, cloud) == dict.fromkeys(ids, "running t3.small")


def test_a_throttled_look_may_be_tried_again(cloud, skies):
    skies.add("error", code="RequestLimitExceeded")
    with pytest.raises(Throttled):
        record_batch.now_are(IDS[:1], cloud)


def test_the_handler_answers_to_its_schema(tables, trail):
    asked = request()
    asked["replacements"] = [{"instance_id": IDS[0], "replacement": IDS[9]}]
    asked["operation"]["options"]["fallback_types"] = ["t3.small"]
    answer = record_batch.handler(asked, None)
    assert answer["succeeded"] == 3
    assert trail()[IDS[0]]["to"] == IDS[9]
