"""The newest record of a table: its sentinel, or the last change that an attribute tells of."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tasks.backups import sentinels
from tasks.errors import AwsCallFailed
from tasks.integrities import moments
from tasks.runtime import raising

Values = Mapping[str, Any]


def tells(table: Values) -> bool:
    """Tell whether a table component says how its newest record is known."""
    return bool(table and (table["sentinel"] or table["changed_attribute"]))


def reaches(latest: str, mark: str) -> bool:
    """Tell whether a newest record is of a moment or later; nothing reaches no mark at all."""
    return not mark or bool(latest and moments.epoch(latest) >= moments.epoch(mark))


def newest(table: Values, dynamodb: Any, time_is_up: Callable[[], bool]) -> str:
    """Give the moment of the newest record, ISO 8601 UTC; empty where none tells of one.

    A table with a sentinel is asked for that alone, as its heartbeat writes it every few
    minutes; another is read whole. Raises AwsCallFailed where the time is up before that is
    done.
    """
    name = table["table"]
    with raising({}, f"table {name}"):
        if table["sentinel"]:
            item = dynamodb.get_item(TableName=name, Key=table["sentinel"]).get("Item", {})
            return str(item.get(sentinels.MARK, {}).get("S", ""))
        latest = _latest_change(table, dynamodb, time_is_up)
    if latest == moments.UNKNOWN:
        return ""
    moment = datetime.fromtimestamp(latest, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _latest_change(table: Values, dynamodb: Any, time_is_up: Callable[[], bool]) -> float:
    changed = moments.changed_reader(table["changed_attribute"], table["changed_format"])
    latest = moments.UNKNOWN
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table["table"],
        ProjectionExpression="#changed",
        ExpressionAttributeNames={"#changed": table["changed_attribute"]},
    )
    for page in pages:
        if time_is_up():
            raise AwsCallFailed(
                f"{table['table']} cannot be read whole in the time of a function: give it a "
                "sentinel in the manifest"
            )
        latest = max([latest, *map(changed, page["Items"])])
    return latest
