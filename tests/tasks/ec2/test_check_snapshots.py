"""An instance's snapshots are complete, still going, or failed for a reason that is told."""

import boto3
import pytest
from batches import acted, by_error, operation, planned
from botocore.stub import ANY, Stubber

from tasks.ec2 import check_snapshots
from tasks.fleets import fleet, snapshots

ONE, TWO = "i-0000000000000001a", "i-0000000000000002b"


def snapshot(instance, state, volume="vol-1", message=""):
    return {
        "SnapshotId": f"snap-of-{volume}",
        "VolumeId": volume,
        "State": state,
        "StateMessage": message,
        "Tags": snapshots.tags("op-1", instance),
    }


@pytest.fixture
def check():
    client = boto3.client("ec2", region_name="us-east-1")

    def check(work, *found, most_rounds=9, action="snapshot"):
        with Stubber(client) as stub:
            wanted = {"OwnerIds": ["self"], "Filters": ANY, "MaxResults": 1000}
            stub.add_response("describe_snapshots", {"Snapshots": list(found)}, wanted)
            return check_snapshots.check(work, operation(action), most_rounds, client)

    return check


def test_whose_snapshots_are_all_complete_is_there(check):
    work = check(
        acted([ONE, TWO]),
        snapshot(ONE, "completed", "vol-1"),
        snapshot(ONE, "completed", "vol-2"),
        snapshot(TWO, "completed", "vol-3"),
        snapshot(TWO, "pending", "vol-4"),
    )

    assert (work["reached"], work["acted"]) == ([ONE], [TWO])
    assert (work["rounds"], work["done"]) == (1, False)


@pytest.mark.parametrize("state", ["pending", "recoverable", "recovering"])
def test_other_states_are_waited_for(check, state):
    assert check(acted([ONE]), snapshot(ONE, state))["acted"] == [ONE]


@pytest.mark.parametrize(("action", "changed"), [("patch", False), ("isolate", True)])
def test_a_snapshot_in_error_is_a_failure_with_ec2s_reason(check, action, changed):
    broken = snapshot(ONE, "error", message="Given key ID is not accessible")

    work = check(acted([ONE]), snapshot(ONE, "completed", "vol-2"), broken, action=action)

    assert by_error(work) == {ONE: ("SnapshotFailed", changed)}
    assert work["failed"][0]["reason"] == (
        "Snapshot snap-of-vol-1 of vol-1 failed: Given key ID is not accessible"
    )


def test_snapshots_that_are_not_to_be_seen_yet_are_looked_for_again(check):
    assert check(acted([ONE]))["acted"] == [ONE]


def test_what_is_not_complete_at_the_end_has_failed(check):
    work = check(acted([ONE, TWO]), snapshot(ONE, "pending"), most_rounds=1)

    assert by_error(work) == {ONE: ("TimedOut", False), TWO: ("TimedOut", False)}
    assert work["done"] is True


def test_the_function_answers_by_its_schema(aws):
    answer = check_snapshots.handler(
        {
            "instances": [planned(ONE)],
            "work": fleet.begin([]),
            "operation": operation("snapshot"),
            "most_rounds": 3,
        },
        None,
    )

    assert answer["work"]["rounds"] == 1
