"""Give the bucket that was restored to the settings that its source has now."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import copies, standing
from tasks.objects import parity, places
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **{action: [places.SOURCE, places.COPY] for action in parity.READ_ACTIONS},
    **dict.fromkeys(parity.WRITE_ACTIONS, places.COPY),
}
ERRORS = places.ERRORS
TIMEOUT = 60


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    copies.check_name(component["copy"])
    return match(
        component["resource"],
        component["copy"],
        client("s3", drill["source"]["target"]),
        client("s3", drill["target"]["target"]),
    )


def match(source: str, copy: str, source_s3: Any, s3: Any) -> dict[str, Any]:
    """Bring back what differs, look again, and say of each difference what became of it.

    What opens the source to others, or acts on others, is left in a copy; what does not stand
    although S3 took it is lost.
    """
    wanted, before = parity.read_all(source, source_s3), parity.read_all(copy, s3)
    one_region = source_s3.meta.region_name == s3.meta.region_name
    differing = [
        one
        for one in parity.SETTINGS
        if one.comparable(wanted[one.name]) != one.comparable(before[one.name])
    ]
    for one in differing:
        if not one.reason(wanted[one.name], one_region):
            with raising(ERRORS, f"s3://{copy}"):
                one.put(copy, wanted[one.name], before[one.name], s3)
    after = parity.read_all(copy, s3)
    return {
        "done": True,
        "differences": [
            difference(one, wanted[one.name], before[one.name], after[one.name], one_region)
            for one in differing
        ],
    }


def difference(
    one: parity.Setting,
    wanted: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    one_region: bool,
) -> dict[str, Any]:
    """Say how a setting of the copy differed, and how it ended."""
    reason, outcome = one.reason(wanted, one_region), "left"
    if not reason:
        stands = one.comparable(after) == one.comparable(wanted)
        outcome = "reapplied" if stands else "lost"
        reason = "" if stands else "S3 took it, and it is not there"
    return {
        "setting": one.name,
        "expected": parity.told(wanted),
        "observed": parity.told(before),
        "outcome": outcome,
        "reason": reason,
    }
