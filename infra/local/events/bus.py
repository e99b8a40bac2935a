"""The event bus: which rules want an event, and sending it to their targets."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import EventsBackend, Rule, events_backends

from infra.local.account import ACCOUNT_ID, REGION, Account
from infra.local.delivery import Deliveries
from infra.local.events.inputs import payload
from infra.local.patching import replace
from infra.local.targets import Delivery

REFUSED = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}


def iso(moment: datetime) -> str:
    """Write a time as events carry it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def install(account: Account) -> None:
    """Deliver what is put on a bus to the targets of the rules that match."""
    deliveries = Deliveries(account)

    def send(rule: Any, original_event: Any, transform_input: bool = True) -> None:
        # A rule with a schedule alone has no pattern, and wants no event.
        if rule.state == "DISABLED" or not rule.event_pattern.get_pattern():
            return
        if rule.event_pattern.matches_event(original_event):
            deliver(deliveries, rule, _event(original_event))

    def put(backend: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        own = [event for event in events if not str(event.get("Source", "")).startswith("aws.")]
        answers = iter(plain_put(backend, own))
        return [next(answers) if event in own else dict(REFUSED) for event in events]

    # moto lets anyone speak for AWS, such as tell that an execution was aborted.
    plain_put = replace(account, EventsBackend, "put_events", put)
    # moto delivers to queues and log groups only, in the caller's thread, and fails on others.
    replace(account, Rule, "send_to_targets", send)


def deliver(deliveries: Deliveries, rule: Any, event: dict[str, Any]) -> None:
    """Send an event to each target of a rule."""
    ingested = iso(datetime.now(UTC))
    for target in rule.targets:
        if target["Arn"].split(":")[2] == "events" and ":event-bus/" not in target["Arn"]:
            continue
        deliveries.put(
            Delivery(
                arn=target["Arn"],
                payload=payload(target, rule, event, ingested),
                role_arn=target.get("RoleArn") or "",
                parameters=target.get("SqsParameters") or {},
                dead_letter_arn=(target.get("DeadLetterConfig") or {}).get("Arn", ""),
                retry_policy=target.get("RetryPolicy") or {},
                told={"RULE_ARN": rule.arn},
            )
        )


def _event(message: Any) -> dict[str, Any]:
    """Write moto's message as the event that targets see."""
    event = {name: value for name, value in message.items() if name != "ingestion-time"}
    when = event.get("time")
    if isinstance(when, int | float):
        event["time"] = iso(datetime.fromtimestamp(when, UTC))
    return event


def publish(
    source: str,
    kind: str,
    resources: list[str],
    detail: dict[str, Any],
    region: str = REGION,
) -> None:
    """Put an event of an AWS service on the default bus."""
    event: Any = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT_ID,
        "time": iso(datetime.now(UTC)),
        "region": region,
        "resources": resources,
        "detail": json.loads(json.dumps(detail)),
    }
    bus = events_backends[ACCOUNT_ID][region].event_buses["default"]
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)
