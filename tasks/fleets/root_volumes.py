"""Root volumes that are put back, as EC2's replacement tasks tell it."""

from collections.abc import Iterable, Mapping
from typing import Any

from tasks.errors import TaskError
from tasks.fleets.fleet import LONGEST_REASON
from tasks.fleets.instances import IDS_PER_LOOK
from tasks.fleets.snapshots import OPERATION_TAG
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
# AWS EC2 API Reference, "ReplaceRootVolumeTask".
UNDER_WAY = ("pending", "in-progress", "failing")
PAGE = 50

Work = Mapping[str, Any]


def to_put_back(work: Work) -> list[str]:
    """Give those that failed and may be other than before."""
    return [one["instance_id"] for one in work["failed"] if one["changed"]]


def replacements(operation: str, ids: Iterable[str], ec2: Any) -> dict[str, dict[str, Any]]:
    """Give the operation's replacement task of each of these instances; only who has one."""
    wanted, found = list(ids), {}
    with raising(ERRORS, "root volumes"):
        for start in range(0, len(wanted), IDS_PER_LOOK):
            some = wanted[start : start + IDS_PER_LOOK]
            pages = ec2.get_paginator("describe_replace_root_volume_tasks").paginate(
                Filters=[{"Name": "instance-id", "Values": some}],
                PaginationConfig={"PageSize": PAGE},
            )
            for page in pages:
                for task in page["ReplaceRootVolumeTasks"]:
                    tags = {tag["Key"]: tag["Value"] for tag in task.get("Tags", [])}
                    if tags.get(OPERATION_TAG) == operation:
                        found[task["InstanceId"]] = task
    return found


def tell(work: Work, said: Mapping[str, str], put_back: Iterable[str] = ()) -> dict[str, Any]:
    """Add to the reasons of failures what became of the root volumes, once.

    Who is `put_back` is as it was before.
    """
    whole = set(put_back)
    return {
        **work,
        "failed": [
            {
                **one,
                "reason": _with(one["reason"], said.get(one["instance_id"], "")),
                "changed": one["changed"] and one["instance_id"] not in whole,
            }
            for one in work["failed"]
        ],
    }


def _with(reason: str, words: str) -> str:
    if not words or words in reason:
        return reason
    room = LONGEST_REASON - len(words) - 1
    return f"{reason if len(reason) <= room else reason[: room - 1] + '…'} {words}"
