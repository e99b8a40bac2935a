"""The copies that drills make: how they are marked, and the guard before one is changed."""

import re
from collections.abc import Mapping
from typing import Any

from tasks.errors import NotACopy

DRILL_TAG = "daytwo:drill"
COPY_TAG = "daytwo:drill-copy"
# Narrows an action to what bears the tag of any drill.
OF_A_DRILL = {"Null": {f"aws:ResourceTag/{DRILL_TAG}": "false"}}
NAME = re.compile(r"drill-[0-9a-f]{8}-[a-z0-9-]+")


def tags(drill_id: str, copy: str) -> list[dict[str, str]]:
    """Give the tags by which a copy is known and found again, as most AWS calls take them."""
    return [{"Key": DRILL_TAG, "Value": drill_id}, {"Key": COPY_TAG, "Value": copy}]


def elsewhere(drill: Mapping[str, Any]) -> bool:
    """Tell whether copies are made in another account or Region than the source is in."""
    source, target = (drill[side] for side in ("source", "target"))
    places = [(one["account"], one["target"]["region"]) for one in (source, target)]
    return places[0] != places[1]


def values(entries: Any) -> dict[str, str]:
    """Read tags as AWS gives them, none included."""
    return {tag["Key"]: tag.get("Value", "") for tag in entries or ()}


def check_name(name: str) -> None:
    """Raise NotACopy unless the name begins as those of drills' copies do."""
    if not NAME.fullmatch(name):
        raise NotACopy(f"{name} is no name of a drill's copy: it is left as it is")


def check(name: str, marks: Mapping[str, str], drill_id: str) -> None:
    """Raise NotACopy unless name and tags say that this drill made it."""
    check_name(name)
    if marks.get(DRILL_TAG) != drill_id:
        owner = marks.get(DRILL_TAG) or "nobody"
        raise NotACopy(
            f"{name} was not made by the drill {drill_id} ({DRILL_TAG} names {owner}): it is "
            "left as it is. Look who made it, and delete it by hand if it is not needed."
        )
