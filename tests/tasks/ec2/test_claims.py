import pytest
from ec2_plans import execution, request
from fleets import make_fleet

from tasks import errors, store
from tasks.ec2 import check_budget, claim_instances, release_claim
from tasks.fleets import operations

DEV = {"Environment": "dev"}


@pytest.fixture
def claim(plan):
    """Plan and claim an operation: claim("op-1", targets=...); gives the ids."""

    def make(operation="op-1", action="stop", **fields):
        planned = plan(action, operation, **fields)
        asked = {
            "plan": planned.plan,
            "request": request(action, **fields),
            "execution": execution(operation),
        }
        assert claim_instances.handler(asked, None) == {"claimed": planned["to_act"]}
        return planned.acted()

    return make


@pytest.fixture
def item(dynamodb, state_table):
    def read(key):
        found = dynamodb.get_item(TableName=state_table, Key=store.to_item(key))
        return store.from_item(found.get("Item", {}))

    return read


def release(operation="op-1", **fields):
    return release_claim.handler({"operation": operation, "status": "succeeded", **fields}, None)


def by_id(ids):
    return {"instance_ids": ids}


def test_a_claim_holds_the_instances_and_records_the_operation(ec2, claim, item):
    make_fleet(ec2, 2, DEV)
    ids = claim()
    held, record = item(store.instance_claim("op-1")), item(store.operation("op-1"))
    assert held["instances"] == ids
    assert (held["action"], held["requested_by"]) == ("stop", "alice")
    assert (record["status"], record["to_act"], record["batch_count"]) == ("acting", 2, 1)
    assert record["execution"] == execution("op-1")["id"]


def test_a_second_operation_on_one_of_them_is_refused_and_told_whose(ec2, claim):
    ids = make_fleet(ec2, 3, DEV)
    claim("op-1", targets=by_id(ids[:2]))
    with pytest.raises(errors.InstancesClaimed) as refused:
        claim("op-2", targets=by_id(ids[1:]))
    assert ids[1] in str(refused.value)
    assert ids[0] not in str(refused.value)
    assert "op-1 (stop, asked for by alice)" in str(refused.value)


def test_operations_on_different_instances_hold_theirs_side_by_side(ec2, claim, item):
    ids = make_fleet(ec2, 2, DEV)
    claim("op-1", targets=by_id(ids[:1]))
    claim("op-2", targets=by_id(ids[1:]))
    assert item(store.claims_version())["version"] == 2


def test_the_same_delivery_again_changes_nothing(ec2, claim, item):
    make_fleet(ec2, 2, DEV)
    claim()
    before = item(store.operation("op-1"))
    claim()
    assert item(store.operation("op-1")) == before
    assert item(store.claims_version())["version"] == 1


def test_a_late_delivery_does_not_claim_what_was_freed(ec2, claim, item):
    make_fleet(ec2, 2, DEV)
    claim()
    release()
    claim()
    assert item(store.instance_claim("op-1")) == {}


def test_of_two_claims_at_the_same_moment_one_has_to_look_again(ec2, claim, monkeypatch):
    ids = make_fleet(ec2, 2, DEV)
    claim("op-1", targets=by_id(ids))
    monkeypatch.setattr(claim_instances, "held", lambda table, dynamodb: (0, {}))
    with pytest.raises(errors.Unavailable, match="same moment"):
        claim("op-2", targets=by_id(ids))


def test_a_release_frees_all_and_says_how_it_ended(ec2, claim, item):
    make_fleet(ec2, 2, DEV)
    claim()
    assert release() == {"recorded": True, "kept": False}
    assert item(store.instance_claim("op-1")) == {}
    assert item(store.operation("op-1"))["status"] == "succeeded"


def test_a_release_keeps_what_a_person_must_look_at(ec2, claim, item):
    make_fleet(ec2, 2, DEV)
    ids = claim()
    assert release(keep=ids[:1], status="dirty")["kept"]
    assert item(store.instance_claim("op-1"))["instances"] == ids[:1]
    claim("op-2", targets=by_id(ids[1:]))


def test_where_more_may_have_to_be_kept_than_could_be_listed_all_are(ec2, claim, item):
    make_fleet(ec2, 2, DEV)
    ids = claim()
    listed = [f"i-{number:017x}" for number in range(1000)]
    assert release(keep=listed, status="dirty") == {"recorded": True, "kept": True}
    assert item(store.instance_claim("op-1"))["instances"] == ids


def test_a_second_release_changes_nothing(ec2, claim, item):
    make_fleet(ec2, 2, DEV)
    ids = claim()
    release()
    assert release(keep=ids) == {"recorded": True, "kept": False}
    assert item(store.instance_claim("op-1")) == {}


def test_a_release_of_nothing_leaves_no_record(state_table, item):
    assert release("op-9") == {"recorded": False, "kept": False}
    assert item(store.operation("op-9")) == {}


def test_an_operation_that_is_resumed_gives_what_it_kept(ec2, claim, item):
    make_fleet(ec2, 3, DEV)
    ids = claim()
    release(keep=ids[:2], status="dirty")
    ec2.create_tags(Resources=ids[:1], Tags=[{"Key": "daytwo:protected", "Value": ""}])
    assert claim("op-2", resume="op-1") == ids[1:]
    assert item(store.instance_claim("op-1"))["instances"] == ids[:1]
    assert item(store.operation("op-1"))["resumed_by"] == execution("op-2")["id"]


def test_an_operation_that_still_acts_is_not_resumed(ec2, claim):
    ids = make_fleet(ec2, 1, DEV)
    claim()
    with pytest.raises(errors.InstancesClaimed, match="not over"):
        claim("op-2", targets=by_id(ids), resume="op-1")


@pytest.mark.parametrize(
    ("records", "spent"),
    [
        ([], False),
        ([(2, 0)], False),
        ([(2, 0), (1, 0)], True),
        ([(2, 0), (0, 1)], True),
    ],
    ids=["none", "at-the-limit", "over-it", "interrupted-counts"],
)
def test_the_budget_is_spent_by_more_failures_than_allowed(put, records, spent):
    for number, (failed, interrupted) in enumerate(records, 1):
        put(store.batch("op-1", number), failed=failed, interrupted=interrupted)
    operation = {
        "id": "op-1",
        "action": "stop",
        "execution": execution("op-1"),
        "requested_by": "alice",
        "reason": "",
        "system": "",
        "environment": "",
        "target": {},
        "options": {},
        "max_errors": 2,
    }
    told = check_budget.handler({"operation": operation}, None)
    assert told["spent"] is spent
    assert told["failed"] == sum(map(sum, records))


def test_a_partition_is_read_over_all_its_pages(dynamodb, state_table, put):
    for number in range(30):
        put(store.batch("op-1", number), cause="x" * 100_000, failed=1)
    pk = store.batch("op-1", 0)["pk"]
    assert len(list(operations.partition(pk, state_table, dynamodb, ("failed",)))) == 30
