import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.fleets import batching
from tasks.fleets.batching import PACES, Bucket

ACTIONS = st.sampled_from(sorted(PACES))
FLEETS = st.lists(
    st.tuples(st.sampled_from(["t3.micro", "m5.large", "c5.xlarge"]), st.sampled_from("abc")),
    max_size=400,
)
UNAVAILABLE = st.integers(0, 120)


def kind(row):
    return row


def carved(action, rows, unavailable=0):
    most = batching.largest(PACES[action], unavailable)
    return batching.divide(rows, kind, most)


def lowest(sizes, moments, bucket):
    """Replay batches that begin at these moments; gives the least that was ever in the bucket."""
    tokens, now, least = bucket.size, 0, bucket.size
    for size, moment in zip(sizes, moments, strict=True):
        tokens = min(bucket.size, tokens + bucket.refill * (moment - now))
        tokens -= bucket.per_batch + bucket.per_instance * size
        least, now = min(least, tokens), moment
    return least


@given(ACTIONS, FLEETS, UNAVAILABLE)
def test_each_instance_is_in_exactly_one_batch(action, rows, unavailable):
    batches = carved(action, rows, unavailable)
    assert sorted(row for batch in batches for row in batch) == sorted(rows)


@given(ACTIONS, FLEETS, UNAVAILABLE)
def test_a_batch_is_of_one_type_and_zone_and_never_too_large(action, rows, unavailable):
    for batch in carved(action, rows, unavailable):
        assert len(set(batch)) == 1
        assert 1 <= len(batch) <= min(99, unavailable or 99)


@given(ACTIONS, FLEETS)
def test_there_are_no_more_batches_than_needed(action, rows):
    most = batching.largest(PACES[action], 0)
    needed = sum(-(-rows.count(one) // most) for one in set(rows))
    assert len(carved(action, rows)) == needed


@given(ACTIONS, FLEETS, UNAVAILABLE)
def test_no_bucket_ever_runs_empty(action, rows, unavailable):
    sizes = [len(batch) for batch in carved(action, rows, unavailable)]
    moments = batching.begins(sizes, PACES[action])
    assert moments == sorted(moments)
    for bucket in PACES[action]:
        assert lowest(sizes, moments, bucket) >= 0


@given(ACTIONS, st.integers(1, 10_000))
def test_the_last_batch_begins_within_one_batch_of_the_floor(action, count):
    buckets = PACES[action]
    sizes = [len(batch) for batch in carved(action, [("t3.micro", "a")] * count)]
    last = batching.begins(sizes, buckets)[-1]
    spent = [bucket.per_batch * len(sizes) + bucket.per_instance * count for bucket in buckets]
    floor = max(
        max(0, -(-(cost - bucket.size) // bucket.refill))
        for cost, bucket in zip(spent, buckets, strict=True)
    )
    one_batch = max(
        -(-(bucket.per_batch + bucket.per_instance * sizes[0]) // bucket.refill)
        for bucket in buckets
    )
    assert floor <= last <= floor + one_batch


@given(ACTIONS, FLEETS)
def test_waiting_one_by_one_begins_no_earlier_than_side_by_side(action, rows):
    sizes = [len(batch) for batch in carved(action, rows, 5)]
    side_by_side = batching.waits(sizes, PACES[action], one_by_one=False)
    one_by_one = batching.waits(sizes, PACES[action], one_by_one=True)
    assert [sum(one_by_one[: at + 1]) for at in range(len(sizes))] == side_by_side


@pytest.mark.parametrize(
    ("action", "count", "last"),
    [
        ("start", 500, 1),
        ("start", 1500, 250),
        ("start", 2000, 500),
        ("start", 10_000, 4500),
        ("stop", 2000, 50),
        ("stop", 10_000, 450),
        ("terminate", 1000, 0),
    ],
)
def test_the_paced_floor_of_the_documented_buckets(action, count, last):
    sizes = [len(batch) for batch in carved(action, [("t3.micro", "a")] * count)]
    assert batching.begins(sizes, PACES[action])[-1] == last


@pytest.mark.parametrize(
    ("buckets", "unavailable", "most"),
    [
        ((Bucket(5, 2, 1, 0), Bucket(1000, 2, 0, 1)), 0, 99),
        ((Bucket(5, 2, 1, 0), Bucket(1000, 2, 0, 1)), 3, 3),
        ((Bucket(5, 2, 0, 1),), 0, 4),
        ((Bucket(50, 5, 0, 2),), 99, 23),
    ],
    ids=["99", "max-unavailable", "one-request-each", "two-requests-each"],
)
def test_a_batch_is_no_larger_than_full_buckets_and_the_limit_allow(buckets, unavailable, most):
    assert batching.largest(buckets, unavailable) == most


def document(rows, wait=0, one_by_one=False, number=1):
    before = [rows] * (number - 1)
    waits = [0] * (number - 1) + [wait]
    return list(batching.documents([*before, rows], waits, one_by_one, dict))[-1]


def instance(**fields):
    return {
        "type": "t3.micro",
        "zone": "a",
        "target_groups": [],
        "auto_scaling_group": "",
        **fields,
    }


@pytest.mark.parametrize(
    ("wait", "one_by_one", "number", "looks"),
    [
        (0, False, 3, False),
        (4, False, 3, False),
        (50, False, 3, True),
        (0, True, 1, False),
        (0, True, 2, True),
    ],
)
def test_a_batch_looks_at_the_budget_once_an_outcome_can_be_known(wait, one_by_one, number, looks):
    found = document([instance()], wait, one_by_one, number)
    assert found["after_others"] is looks
    assert found["number"] == number


@pytest.mark.parametrize(
    ("fields", "serves"),
    [
        ({}, False),
        ({"auto_scaling_group": "web"}, True),
        ({"target_groups": [{"arn": "a", "port": 80}]}, True),
    ],
)
def test_a_batch_is_in_service_if_any_of_its_instances_is(fields, serves):
    assert document([instance(), instance(**fields)])["in_service"] is serves
