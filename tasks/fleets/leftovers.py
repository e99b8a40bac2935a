"""What an operation that was cut off or stopped has left to do."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tasks import store
from tasks.errors import InstancesClaimed, InvalidInput, OperationUnknown
from tasks.fleets import operations
from tasks.fleets.listings import lines

# What reading takes.
PERMISSIONS = {
    "dynamodb:GetItem": "${StateTable.Arn}",
    **operations.PERMISSIONS,
    "s3:GetObject": "${EvidenceBucket.Arn}/operations/*",
    "s3:ListBucket": "${EvidenceBucket.Arn}",
}

# What an operation and the one that goes on with it have in common.
SHARED = ("action", "system", "environment")
MARKED = (
    "it may have been rebooted already, and nothing tells; look at when it booted last, and "
    "reboot it by a new operation if need be"
)


class Leftovers(NamedTuple):
    """By instance id what was planned, as JSON; and whom a reboot was begun on."""

    before: dict[str, str]
    marked: frozenset[str]


NOTHING = Leftovers({}, frozenset())


def of_operation(
    request: Mapping[str, Any], table: str, dynamodb: Any, bucket: str, s3: Any
) -> Leftovers:
    """Give what `request.resume` has left: all that it planned and did not see succeed.

    Raises OperationUnknown, InvalidInput where the two ask for different things, and
    InstancesClaimed where it is not over.
    """
    name = request["resume"]
    record = operations.record(name, table, dynamodb)
    if not record:
        raise OperationUnknown(
            f"Operation {name} has acted on nothing: it is unknown, or was refused before it "
            "began. Start a new one. `daytwo ec2 list` has those that are known."
        )
    _refuse_other(request, json.loads(record["request"]), name)
    if record["status"] == operations.ACTING:
        raise InstancesClaimed(
            f"Operation {name} is not over, or its janitor has not settled it yet. See with: "
            f"daytwo ec2 watch {name}"
        )
    partition = store.batch(name, 0)["pk"]
    succeeded = {
        instance_id
        for batch in operations.partition(partition, table, dynamodb, ("succeeded_ids",))
        for instance_id in batch["succeeded_ids"]
    }
    before = {
        one["instance_id"]: json.dumps(one)
        for batch in lines(record["batches_key"], bucket, s3)
        for one in batch["instances"]
        if one["instance_id"] not in succeeded
    }
    if not before:
        raise OperationUnknown(f"Nothing is left of operation {name}: all of it succeeded.")
    marks = operations.partition(store.reboot_intent(name, "")["pk"], table, dynamodb)
    return Leftovers(before, frozenset(one for mark in marks for one in mark["instances"]))


def _refuse_other(request: Mapping[str, Any], earlier: Mapping[str, Any], name: str) -> None:
    differing = [field for field in SHARED if request[field] != earlier[field]]
    if differing:
        told = ", ".join(f"{field}: {earlier[field] or 'none'}" for field in differing)
        raise InvalidInput(
            f"Operation {name} was asked for with {told}. Resume it with the same, or start a "
            "new operation without `resume`."
        )
