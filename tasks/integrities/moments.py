"""When an item was changed and when it expires, as its own attributes tell."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tasks.integrities.hashing import Item

UNKNOWN = -1.0
# The last second that a row of a digest can tell, in the year 2106.
LATEST = 0xFFFF_FFFE

Reader = Callable[[Item], float]


def epoch(moment: str) -> float:
    """Give the seconds since 1970 of a moment, ISO 8601; without a time zone it is UTC."""
    read = datetime.fromisoformat(moment)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def iso(seconds: float) -> str:
    """Write seconds since 1970 as ISO 8601 UTC, empty for UNKNOWN."""
    if seconds == UNKNOWN:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed_reader(attribute: str, written: str) -> Reader:
    """Make a function that gives when an item was changed, UNKNOWN where it does not tell.

    `written` is iso, epoch_seconds or epoch_milliseconds.
    """
    read = {
        "iso": lambda value: epoch(value["S"]),
        "epoch_seconds": lambda value: float(value["N"]),
        "epoch_milliseconds": lambda value: float(value["N"]) / 1000,
    }[written]

    def changed(item: Item) -> float:
        try:
            return read(item[attribute])
        except (KeyError, ValueError):
            return UNKNOWN

    return changed


def expiry(item: Item, attribute: str) -> int:
    """Give the second since 1970 from which DynamoDB may delete the item, 0 for never.

    DynamoDB Developer Guide, "Using time to live (TTL)": only whole numbers count.
    """
    value: Mapping[str, Any] = item.get(attribute, {})
    text = value.get("N", "")
    seconds = int(text) if text.isdecimal() and len(text) <= 10 else 0
    return seconds if seconds < LATEST else 0
