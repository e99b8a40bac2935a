"""The snapshots that an operation takes of instances, found again by their tags."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tasks.errors import TaskError
from tasks.fleets.instances import IDS_PER_LOOK
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
# The account's number is not part of a snapshot's ARN (Service Authorization Reference).
SNAPSHOT_ARN = "arn:${AWS::Partition}:ec2:${AWS::Region}::snapshot/*"
VOLUME_ARN = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:volume/*"

OPERATION_TAG = "daytwo:operation"
INSTANCE_TAG = "daytwo:instance"


def tags(operation: str, instance_id: str) -> list[dict[str, str]]:
    """Give the tags by which what an operation made for an instance is found again."""
    return [
        {"Key": OPERATION_TAG, "Value": operation},
        {"Key": INSTANCE_TAG, "Value": instance_id},
    ]


def taken(operation: str, ids: Iterable[str], ec2: Any) -> dict[str, list[dict[str, Any]]]:
    """Give the operation's snapshots of these instances, by instance id; only who has any."""
    wanted = list(ids)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with raising(ERRORS, f"snapshots of {operation}"):
        for start in range(0, len(wanted), IDS_PER_LOOK):
            pages = ec2.get_paginator("describe_snapshots").paginate(
                OwnerIds=["self"],
                Filters=[
                    {"Name": f"tag:{OPERATION_TAG}", "Values": [operation]},
                    {"Name": f"tag:{INSTANCE_TAG}", "Values": wanted[start : start + IDS_PER_LOOK]},
                ],
                PaginationConfig={"PageSize": 1000},
            )
            for page in pages:
                for snapshot in page["Snapshots"]:
                    found[instance_of(snapshot)].append(snapshot)
    return dict(found)


def instance_of(snapshot: dict[str, Any]) -> str:
    """Tell of which instance a snapshot of ours was taken."""
    return next(tag["Value"] for tag in snapshot["Tags"] if tag["Key"] == INSTANCE_TAG)
