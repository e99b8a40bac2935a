"""The sentinel record of a table: written every few minutes, so that a quiet table has news."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

MARK = "daytwo_sentinel_at"

Item = dict[str, dict[str, Any]]


def item(config: Mapping[str, Any], now: str) -> Item:
    """Give the record of a table component at a moment, in DynamoDB's notation.

    It has the key that the manifest names, the moment, and the attribute by which the table
    tells when an item was changed, if it has one.
    """
    found = {**config["sentinel"], MARK: {"S": now}}
    changed = config["changed_attribute"]
    if changed and changed not in config["sentinel"]:
        found[changed] = moment(now, config["changed_format"])
    return found


def moment(now: str, written: str) -> dict[str, str]:
    """Write a moment as the table's own items have it: iso, epoch_seconds, epoch_milliseconds."""
    if written == "iso":
        return {"S": now}
    seconds = datetime.fromisoformat(now).timestamp()
    return {"N": str(int(seconds if written == "epoch_seconds" else seconds * 1000))}


def is_well_formed(key: Any) -> bool:
    """Tell whether a manifest's key is one of a table: one or two texts or numbers."""
    return (
        isinstance(key, dict)
        and 1 <= len(key) <= 2
        and all(
            isinstance(value, dict)
            and len(value) == 1
            and next(iter(value)) in ("S", "N")
            and isinstance(next(iter(value.values())), str)
            for value in key.values()
        )
    )


def shown(key: Item) -> str:
    """Write a sentinel's key for a message."""
    return json.dumps(key, sort_keys=True)
