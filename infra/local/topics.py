"""SNS: what is published on a topic reaches the functions and queues that subscribed."""

import json
from datetime import UTC, datetime
from typing import Any

from moto.sns.models import Subscription

from infra.local.account import Account
from infra.local.delivery import Deliveries
from infra.local.patching import replace
from infra.local.targets import Delivery

UNSIGNED = "the embedded account signs no messages"


def install(account: Account) -> None:
    """Deliver what topics of this account get, until it stops."""
    deliveries = Deliveries(account)

    def publish(subscription: Any, message: str, message_id: str, **details: Any) -> None:
        delivery = _delivery(subscription, message, message_id, details)
        if delivery is not None:
            deliveries.put(delivery)

    # moto runs functions in the publisher's thread, makes a key pair for each queue, takes
    # RawMessageDelivery=false for true, and posts to web addresses that never confirmed.
    replace(account, Subscription, "publish", publish)


def _delivery(
    subscription: Any, message: str, message_id: str, details: dict[str, Any]
) -> Delivery | None:
    """Make what one subscriber gets, None where it gets nothing."""
    attributes = details.get("message_attributes") or {}
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(attributes, message):
        return None
    if details.get("message_structure") == "json":
        message = subscription._parse_message_structure(message, subscription.protocol)
    notification = _notification(subscription, message, message_id, details)
    parameters: dict[str, Any] = {}
    if subscription.protocol == "lambda":
        payload = json.dumps(_function_event(subscription, notification))
    elif subscription.protocol == "sqs":
        payload = json.dumps(notification)
        parameters = {"MessageGroupId": details.get("group_id")}
        if _raw(subscription):
            payload = message
            parameters["MessageAttributes"] = {
                name: _queue_attribute(attribute) for name, attribute in attributes.items()
            }
    else:
        # A person or a web address gets nothing before it confirms, and nobody can here.
        return None
    return Delivery(
        arn=subscription.endpoint,
        payload=payload,
        parameters=parameters,
        dead_letter_arn=_redrive(subscription),
    )


def _notification(
    subscription: Any, message: str, message_id: str, details: dict[str, Any]
) -> dict[str, Any]:
    """Write the envelope (SNS Developer Guide, "Amazon SNS message and JSON formats")."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    notification = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        "Subject": details.get("subject"),
        "Message": message,
        "Timestamp": now,
        "SignatureVersion": "1",
        "Signature": UNSIGNED,
        "SigningCertURL": UNSIGNED,
        "UnsubscribeURL": UNSIGNED,
        "MessageAttributes": details.get("message_attributes"),
    }
    return {name: value for name, value in notification.items() if value}


def _function_event(subscription: Any, notification: dict[str, Any]) -> dict[str, Any]:
    """Write what a function gets: urls are spelled otherwise there, and nothing is left out."""
    spelled = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    sns = {spelled.get(name, name): value for name, value in notification.items()}
    sns = {"Subject": None, "MessageAttributes": {}, **sns}
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": sns,
    }
    return {"Records": [record]}


def _raw(subscription: Any) -> bool:
    return str(subscription.attributes.get("RawMessageDelivery", "false")).lower() == "true"


def _redrive(subscription: Any) -> str:
    policy = subscription.attributes.get("RedrivePolicy")
    policy = json.loads(policy) if isinstance(policy, str) else policy or {}
    return str(policy.get("deadLetterTargetArn", ""))


def _queue_attribute(attribute: dict[str, Any]) -> dict[str, Any]:
    field = "BinaryValue" if attribute["Type"].startswith("Binary") else "StringValue"
    value = attribute["Value"]
    return {"DataType": attribute["Type"], field: value if field[0] == "B" else str(value)}
