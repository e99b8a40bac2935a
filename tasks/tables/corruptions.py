"""Known ways to harm an item, as a bad deployment would: nothing here calls AWS."""

from collections.abc import Collection
from typing import Any

from tasks.integrities.hashing import Item

CHANGED, EMPTIED, REMOVED = "changed", "attribute removed", "item removed"
# In this order, item after item.
WAYS = (CHANGED, EMPTIED, REMOVED)
MARK = "corrupted"


def way(number: int) -> str:
    """Say how the item of that number is harmed."""
    return WAYS[number % len(WAYS)]


def harmed(item: Item, how: str, spared: Collection[str]) -> dict[str, Any]:
    """Give the item as it is when it has been changed or has lost an attribute.

    `spared` are the attributes that stay: keys, those of indexes, and the one that tells when
    the item was changed, as what goes wrong does not tell.
    """
    names = sorted(set(item) - set(spared))
    if not names:
        return {**item, MARK: {"BOOL": True}}
    name = names[0]
    rest = {other: value for other, value in item.items() if other != name}
    if how == EMPTIED:
        return rest
    return {**rest, name: other_than(item[name])}


def other_than(value: Any) -> dict[str, Any]:
    """Give a value that is nearly the same."""
    ((kind, content),) = value.items()
    if kind == "S":
        return {"S": f"{content}~"}
    if kind == "BOOL":
        return {"BOOL": not content}
    return {"S": MARK}
