"""EC2's buckets: as large and as quickly refilled as documented, and each action its own."""

from datetime import UTC, datetime, timedelta

import pytest
from fleets import make_fleet
from hypothesis import given
from hypothesis import strategies as st

from infra.local.ec2.buckets import Buckets, request_size

START = datetime(2026, 1, 1, tzinfo=UTC)
LIMITED = ("RequestLimitExceeded", "Request limit exceeded.")


def at_once(action, narrowed, instances=1):
    """Count how many requests in a row find their tokens."""
    buckets = Buckets()
    return next(
        done for done in range(2000) if not buckets.take(action, narrowed, instances, START)
    )


@pytest.mark.parametrize(
    ("action", "narrowed", "requests", "refill"),
    [
        ("StartInstances", False, 5, 2),
        ("RunInstances", False, 5, 2),
        ("StopInstances", False, 50, 5),
        ("RebootInstances", False, 50, 5),
        ("ModifyInstanceAttribute", False, 50, 5),
        ("TerminateInstances", False, 100, 5),
        ("CreateTags", False, 100, 10),
        ("ModifyInstanceMetadataOptions", False, 100, 5),
        ("CreateSnapshots", False, 100, 5),
        ("DescribeInstances", True, 100, 20),
        ("DescribeInstances", False, 50, 10),
    ],
)
def test_a_bucket_holds_and_gets_back_what_the_documentation_says(
    action, narrowed, requests, refill
):
    assert at_once(action, narrowed) == requests
    assert request_size(action, narrowed).refill == refill


@pytest.mark.parametrize(
    ("action", "calls"),
    [("StartInstances", 1), ("StopInstances", 1), ("TerminateInstances", 1)],
)
def test_a_thousand_instances_empty_the_bucket_of_instances(action, calls):
    assert at_once(action, False, instances=1000) == calls


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 300)), max_size=60))
def test_over_any_time_no_more_is_taken_than_was_there_and_came_back(requests):
    buckets, now, granted, instances = Buckets(), START, 0, 0
    for seconds, count in requests:
        now += timedelta(seconds=seconds)
        if buckets.take("StartInstances", False, count, now):
            granted, instances = granted + 1, instances + count
    elapsed = (now - START).total_seconds()
    assert granted <= 5 + 2 * elapsed
    assert instances <= 1000 + 2 * elapsed


def test_without_throttling_nothing_is_counted(ec2):
    ids = make_fleet(ec2, 1)
    for _ in range(60):
        ec2.start_instances(InstanceIds=ids)


def test_the_sixth_start_in_a_row_is_throttled_until_half_a_second_has_passed(
    ec2, weather, clock, refused
):
    ids = make_fleet(ec2, 1)
    weather.set(throttling=True)
    for _ in range(5):
        ec2.start_instances(InstanceIds=ids)
    assert refused(ec2.start_instances, InstanceIds=ids) == LIMITED
    ec2.stop_instances(InstanceIds=ids)
    clock.advance(0.5)
    ec2.start_instances(InstanceIds=ids)
    assert refused(ec2.start_instances, InstanceIds=ids) == LIMITED


def test_what_is_throttled_is_answered_with_503_and_changes_nothing(ec2, weather, clock):
    ids = make_fleet(ec2, 1001)
    ec2.stop_instances(InstanceIds=ids)
    weather.set(throttling=True)
    with pytest.raises(ec2.exceptions.ClientError) as caught:
        ec2.start_instances(InstanceIds=ids)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    ec2.start_instances(InstanceIds=ids[:1000])
    clock.advance(0.5)
    assert len(ec2.start_instances(InstanceIds=ids[1000:])["StartingInstances"]) == 1


def test_a_filter_or_a_page_gives_the_larger_bucket(ec2, weather, refused):
    make_fleet(ec2, 1)
    weather.set(throttling=True)
    for _ in range(50):
        ec2.describe_instances()
    assert refused(ec2.describe_instances) == LIMITED
    for _ in range(50):
        ec2.describe_instances(MaxResults=5)
        ec2.describe_instances(Filters=[{"Name": "instance-id", "Values": ["i-1"]}])
    assert refused(ec2.describe_instances, MaxResults=5) == LIMITED
