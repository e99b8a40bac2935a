"""Overrides: an instance kept running or stopped for a while, whatever its schedule says."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks import store
from tasks.audit import moment as fine_moment
from tasks.runtime import iso
from tasks.schedules import records

GOALS = tuple(records.GOALS)
LONGEST = timedelta(days=90)
# Kept a day beyond its end, so that a look sees that it has expired.
KEPT = timedelta(days=1)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class NoMoment(ValueError):
    """A text that says no moment to come; the message says what would."""


def until(text: str, now: datetime) -> datetime:
    """Read when an override ends: a time from now such as 90m, 2h or 3d, or ISO 8601.

    A moment without a time zone is one of this machine's. Raises NoMoment.
    """
    length = re.fullmatch(r"([0-9]{1,4})([mhd])", text.strip())
    if length:
        end = now + timedelta(**{UNITS[length[2]]: int(length[1])})
    else:
        try:
            end = datetime.fromisoformat(text.strip()).astimezone(UTC)
        except ValueError:
            raise NoMoment(
                f"{text!r} is no time: give 90m, 2h, 3d, or 2026-12-24T18:00+01:00"
            ) from None
    if not now < end <= now + LONGEST:
        raise NoMoment(f"{iso(end)} is not within the next {LONGEST.days} days")
    return end


def put(
    instance_id: str,
    goal: str,
    end: datetime,
    *,
    by: str,
    reason: str,
    table: str,
    audit_table: str,
    dynamodb: Any,
) -> None:
    """Write an override in the place of an earlier one; the next tick brings it about."""
    item = {
        **store.override(instance_id),
        "goal": goal,
        "until": iso(end),
        "seen": False,
        "by": by,
        "reason": reason,
        "set_at": iso(),
        "expires_at": int((end + KEPT).timestamp()),
    }
    entry = _entry(instance_id, "override", by, reason, f"{goal} until {iso(end)}")
    _write(
        {"Put": {"TableName": table, "Item": store.to_item(item)}},
        entry,
        table,
        audit_table,
        dynamodb,
    )


def remove(
    override: Mapping[str, Any], *, by: str, table: str, audit_table: str, dynamodb: Any
) -> None:
    """End an override now: the instance goes back to its schedule at the next tick."""
    item = {**override, "until": iso(), "seen": True}
    entry = _entry(override["sk"], "override removed", by, "", "its schedule")
    _write(
        {"Put": {"TableName": table, "Item": store.to_item(item)}},
        entry,
        table,
        audit_table,
        dynamodb,
    )


def _entry(instance_id: str, what: str, by: str, reason: str, to: str) -> dict[str, Any]:
    return {
        "id": instance_id,
        "timestamp": fine_moment(),
        "who": by,
        "why": reason,
        "what": what,
        "on_what": instance_id,
        "to": to,
        "outcome": "written",
    }


def _write(
    action: dict[str, Any], entry: dict[str, Any], table: str, audit_table: str, dynamodb: Any
) -> None:
    """Write with the record of who did it, and have the schedules looked at."""
    recorded = {"Put": {"TableName": audit_table, "Item": store.to_item(entry)}}
    dynamodb.transact_write_items(TransactItems=[action, recorded, records.look_soon(table)])
