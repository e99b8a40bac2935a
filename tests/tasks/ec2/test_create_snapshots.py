"""Snapshots are taken once for each instance, however often the step is delivered."""

import boto3
import pytest
from batches import by_error, operation, planned
from fleets import AMI

from tasks.ec2 import create_snapshots
from tasks.errors import Throttled
from tasks.fleets import fleet, snapshots

GONE = "i-00000000000000bad"


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def ids(ec2):
    image = AMI
    launched = ec2.run_instances(ImageId=image, MinCount=3, MaxCount=3)["Instances"]
    return [one["InstanceId"] for one in launched]


def taken(ec2):
    """List the snapshots that any operation took; moto has a thousand more, of its AMIs."""
    ours = [{"Name": "tag-key", "Values": ["daytwo:operation"]}]
    return ec2.describe_snapshots(Filters=ours)["Snapshots"]


def create(ids, ec2, action="snapshot", required=True, **options):
    return create_snapshots.create(fleet.begin(ids), operation(action, **options), required, ec2)


def test_each_instance_gets_snapshots_that_name_it_and_the_operation(ec2, ids):
    work = create(ids, ec2)

    found = taken(ec2)
    tags = [{tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in found]
    assert work["acted"] == ids
    assert sorted(one["daytwo:instance"] for one in tags) == sorted(ids)
    assert {one["daytwo:operation"] for one in tags} == {"op-1"}


def test_a_second_delivery_takes_no_second_snapshot(ec2, ids):
    create(ids[:2], ec2)

    work = create(ids, ec2)

    assert sorted(work["acted"]) == sorted(ids)
    assert len(taken(ec2)) == 3


def test_another_operations_snapshots_are_not_taken_for_ours(ec2, ids):
    create_snapshots.create(fleet.begin(ids), operation("snapshot", name="op-0"), True, ec2)

    create(ids, ec2)

    assert len(taken(ec2)) == 6


@pytest.mark.parametrize(("action", "changed"), [("snapshot", False), ("isolate", True)])
def test_an_instance_that_is_refused_fails_alone(ec2, ids, action, changed):
    work = create([*ids, GONE], ec2, action)

    assert work["acted"] == ids
    assert by_error(work) == {GONE: ("InvalidInstanceID.NotFound", changed)}


def test_before_isolation_a_refused_snapshot_keeps_no_instance_back(ec2, ids):
    work = create([GONE, *ids], ec2, "isolate", required=False)

    assert work["reached"] == [GONE, *ids]
    assert (work["failed"], work["done"]) == ([], True)


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "SnapshotCreationPerVolumeRateExceeded"])
def test_whom_ec2_cannot_serve_now_stays_pending(ec2, ids, refusing, code):
    work = create(ids, refusing(ec2, "create_snapshots", code, nth=3))

    assert (work["acted"], work["pending"]) == (ids[:2], ids[2:])


def test_before_isolation_nobody_waits_for_ec2_to_have_time(ec2, ids, refusing):
    throttled = refusing(ec2, "create_snapshots", "RequestLimitExceeded", nth=2)

    work = create(ids, throttled, "isolate", required=False)

    assert (work["reached"], work["pending"]) == (ids, [])


def test_throttling_of_the_first_call_is_left_to_the_workflow(ec2, ids, refusing):
    with pytest.raises(Throttled):
        create(ids, refusing(ec2, "create_snapshots", "RequestLimitExceeded"))


def test_the_root_volume_is_left_out_where_that_is_asked():
    def excluded(**options):
        wanted = create_snapshots.request_for(GONE, operation("snapshot", **options))
        return wanted["InstanceSpecification"]["ExcludeBootVolume"]

    assert (excluded(), excluded(exclude_root_volume=True)) == (False, True)


def test_the_snapshots_of_many_instances_are_found_in_one_call_for_two_hundred(ec2, ids):
    create(ids, ec2)
    nobody = [f"i-{number:017x}" for number in range(300)]

    found = snapshots.taken("op-1", [*nobody, *ids], ec2)

    assert sorted(found) == sorted(ids)


def test_the_function_answers_by_its_schema(ids):
    answer = create_snapshots.handler(
        {
            "instances": [planned(one) for one in ids],
            "work": fleet.begin(ids),
            "operation": operation("snapshot"),
            "retry_count": 1,
        },
        None,
    )

    assert answer["work"]["acted"] == ids
