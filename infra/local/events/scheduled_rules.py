"""Rules with a schedule instead of a pattern."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moto.events.models import events_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.delivery import Deliveries
from infra.local.events.bus import deliver, iso
from infra.local.timetable import Entry, Timetable


def install(account: Account) -> None:
    """Send a scheduled event to the targets of each rule that is due on the account's clock."""
    deliveries = Deliveries(account)

    def entries() -> Iterator[Entry]:
        for region, backend in list(events_backends[ACCOUNT_ID].items()):
            for bus in list(backend.event_buses.values()):
                for rule in list(bus.rules.values()):
                    if rule.scheduled_expression and rule.state != "DISABLED":
                        yield _entry(rule, region, deliveries)

    # moto keeps the schedule of a rule and never fires it.
    Timetable(account, "scheduled rules", entries)


def _entry(rule: Any, region: str, deliveries: Deliveries) -> Entry:
    def fire(due: datetime) -> None:
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT_ID,
            "time": iso(due),
            "region": region,
            "resources": [rule.arn],
            "detail": {},
        }
        deliver(deliveries, rule, event)

    expression = rule.scheduled_expression
    return Entry(key=rule.arn, version=expression, expression=expression, fire=fire)
