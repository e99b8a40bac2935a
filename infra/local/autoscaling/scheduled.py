"""Scheduled actions: a group's sizes change at their times, on the account's clock."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import autoscaling_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.timetable import Entry, Timetable

SHORTCUTS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def install(account: Account) -> None:
    """Fire the scheduled actions of this account's groups, until it stops."""

    def entries() -> Iterator[Entry]:
        for region, backend in list(autoscaling_backends[ACCOUNT_ID].items()):
            for action in list(backend.scheduled_actions.values()):
                group = backend.autoscaling_groups.get(action.auto_scaling_group_name)
                if group is not None:
                    yield _entry(region, group, action)

    # moto keeps scheduled actions and never carries one out.
    Timetable(account, "scheduled-actions", entries)


def expression(recurrence: str) -> str:
    """Write a recurrence, Unix cron with five fields, as EventBridge would.

    Amazon EC2 Auto Scaling User Guide, "Recurring schedules": Sunday is 0 or 7.
    """
    recurrence = SHORTCUTS.get(recurrence.strip().lower(), recurrence)
    minute, hour, month_day, month, week_day = recurrence.split()
    if week_day == "*":
        return f"cron({minute} {hour} {month_day} {month} ? *)"
    days = re.sub(r"\b[0-7]\b", lambda found: str(int(found[0]) % 7 + 1), week_day)
    return f"cron({minute} {hour} ? {month} {days} *)"


def carry_out(group: Any, action: Any) -> None:
    """Set what the action names; the desired capacity is kept within the sizes."""
    if action.min_size is not None:
        group.min_size = action.min_size
    if action.max_size is not None:
        group.max_size = action.max_size
    wanted = action.desired_capacity
    if wanted is None:
        wanted = group.desired_capacity
    group.set_desired_capacity(min(max(wanted, group.min_size), group.max_size))


def _entry(region: str, group: Any, action: Any) -> Entry:
    start, end = _moment(action.start_time), _moment(action.end_time)
    if action.recurrence:
        when = expression(action.recurrence)
    else:
        when = f"at({start:%Y-%m-%dT%H:%M:%S})" if start else ""
    return Entry(
        key=f"{region}/{group.name}/{action.scheduled_action_name}",
        version=(when, action.time_zone, action.min_size, action.max_size, action.desired_capacity),
        expression=when,
        timezone=(action.time_zone if action.recurrence else None) or "UTC",
        start=start if action.recurrence else None,
        end=end,
        fire=lambda due: carry_out(group, action),
    )


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
