"""EventBridge Scheduler: schedules fire on the account's clock, acting as their role."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.scheduler.exceptions import ScheduleGroupNotFound, ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.delivery import Deliveries
from infra.local.events.bus import iso
from infra.local.expressions import InvalidExpression, read
from infra.local.patching import replace
from infra.local.targets import Delivery
from infra.local.timetable import Entry, Timetable


def install(account: Account) -> None:
    """Fire the schedules of this account, until it stops."""
    deliveries = Deliveries(account)

    def entries() -> Iterator[Entry]:
        for region, backend in list(scheduler_backends[ACCOUNT_ID].items()):
            for group in list(backend.schedule_groups.values()):
                for schedule in list(group.schedules.values()):
                    if schedule.state == "ENABLED":
                        yield _entry(schedule, region, group, deliveries)

    # moto keeps schedules and never fires one.
    Timetable(account, "scheduler", entries)
    _check_requests(account)


def _check_requests(account: Account) -> None:
    """Let schedules be made and changed as EventBridge Scheduler lets them."""
    plain: dict[str, Any] = {
        name: getattr(EventBridgeSchedulerBackend, name)
        for name in (
            "create_schedule",
            "update_schedule",
            "list_schedules",
            "delete_schedule_group",
        )
    }

    def create(backend: Any, **asked: Any) -> Schedule:
        _check_expression(asked)
        backend.get_schedule_group(asked["group_name"])
        made: Schedule = plain["create_schedule"](backend, **asked)
        return made

    def update(backend: Any, **asked: Any) -> Schedule:
        _check_expression(asked)
        # What a request leaves out becomes the default again.
        changed: Schedule = plain["update_schedule"](
            backend, **{**asked, "state": asked["state"] or "ENABLED"}
        )
        return changed

    def list_schedules(backend: Any, group: Any, *asked: Any, **named: Any) -> Any:
        return plain["list_schedules"](
            backend, [group] if isinstance(group, str) else group, *asked, **named
        )

    def delete_group(backend: Any, name: str | None) -> None:
        if name in (None, "default"):
            raise ValidationException("The default schedule group cannot be deleted.")
        if name not in backend.schedule_groups:
            raise ScheduleGroupNotFound(str(name))
        plain["delete_schedule_group"](backend, name)

    # moto takes any expression, fails for groups that are not there, disables a schedule whose
    # change does not name its state, and takes a part of a group's name for it.
    replace(account, EventBridgeSchedulerBackend, "create_schedule", create)
    replace(account, EventBridgeSchedulerBackend, "update_schedule", update)
    replace(account, EventBridgeSchedulerBackend, "list_schedules", list_schedules)
    replace(account, EventBridgeSchedulerBackend, "delete_schedule_group", delete_group)


def _check_expression(asked: dict[str, Any]) -> None:
    expression = asked["schedule_expression"]
    try:
        read(expression, asked["schedule_expression_timezone"] or "UTC")
    except InvalidExpression as error:
        raise ValidationException(f"Invalid Schedule Expression {expression}.") from error


def _entry(schedule: Schedule, region: str, group: Any, deliveries: Deliveries) -> Entry:
    def fire(due: datetime) -> None:
        deliveries.put(delivery(schedule, region, due))
        once = schedule.schedule_expression.startswith("at(")
        if once and schedule.action_after_completion == "DELETE":
            group.schedules.pop(schedule.name, None)

    return Entry(
        key=schedule.arn,
        version=(
            schedule.creation_date,
            schedule.last_modified_date,
            schedule.schedule_expression,
            schedule.schedule_expression_timezone,
        ),
        expression=schedule.schedule_expression,
        timezone=schedule.schedule_expression_timezone,
        start=_date(schedule.start_date),
        end=_date(schedule.end_date),
        at_once=True,
        fire=fire,
    )


def delivery(schedule: Schedule, region: str, due: datetime) -> Delivery:
    """Make what a schedule sends to its target when it is due."""
    target = schedule.target
    text = target.get("Input")
    if text is None:
        text = json.dumps(_default_event(schedule, region, due))
    else:
        text = _with_context(text, schedule, due)
    return Delivery(
        arn=target["Arn"],
        payload=text,
        role_arn=target.get("RoleArn") or "",
        parameters=target.get("SqsParameters") or target.get("EventBridgeParameters") or {},
        dead_letter_arn=(target.get("DeadLetterConfig") or {}).get("Arn", ""),
        retry_policy=target.get("RetryPolicy") or {},
        told={"SCHEDULE_ARN": schedule.arn},
    )


def _default_event(schedule: Schedule, region: str, due: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT_ID,
        "time": iso(due),
        "region": region,
        "resources": [schedule.arn],
        "detail": "{}",
    }


def _with_context(text: str, schedule: Schedule, due: datetime) -> str:
    """Fill in what an input may say about its own firing ("Context attributes")."""
    values = {
        "schedule-arn": schedule.arn,
        "scheduled-time": iso(due),
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _date(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except ValueError:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
