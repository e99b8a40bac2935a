"""What EventBridge rules and schedules start, invoke or send to, by the target's ARN."""

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name

from infra.local.account import REGION, Account

SESSION_NAME = "EventBridge"


@dataclass
class Delivery:
    """One payload on its way to one target; `told` is what a dead letter says of its origin."""

    arn: str
    payload: str
    role_arn: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    dead_letter_arn: str = ""
    retry_policy: dict[str, Any] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)


def send(account: Account, delivery: Delivery) -> None:
    """Hand a payload to its target, as the delivery's role where it has one.

    Raises ClientError for what the target refuses, LookupError for an ARN that is no target.
    """
    service, region = delivery.arn.split(":")[2:4]
    universal = ":aws-sdk:" in delivery.arn
    sender = _universal if universal else SENDERS.get(service)
    if sender is None:
        raise LookupError(f"{delivery.arn} cannot be a target in the embedded account")

    def client(name: str) -> Any:
        if delivery.role_arn:
            return account.role_client(name, delivery.role_arn, SESSION_NAME, region or REGION)
        return account.client(name, region or REGION)

    sender(client, delivery)


def _start_execution(client: Any, delivery: Delivery) -> None:
    parameters: dict[str, str] = {"stateMachineArn": delivery.arn, "input": delivery.payload}
    client("stepfunctions").start_execution(**parameters)


def _invoke(client: Any, delivery: Delivery) -> None:
    client("lambda").invoke(
        FunctionName=delivery.arn, InvocationType="Event", Payload=delivery.payload.encode()
    )


def _publish(client: Any, delivery: Delivery) -> None:
    client("sns").publish(TopicArn=delivery.arn, Message=delivery.payload, **delivery.parameters)


def _send_message(client: Any, delivery: Delivery) -> None:
    account, name = delivery.arn.split(":")[4:6]
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
    group = delivery.parameters.get("MessageGroupId")
    sqs.send_message(
        QueueUrl=url,
        MessageBody=delivery.payload,
        MessageAttributes=delivery.parameters.get("MessageAttributes", {}),
        **({"MessageGroupId": group} if group else {}),
    )


def _scale(client: Any, delivery: Delivery) -> None:
    """Execute a scaling policy, as an alarm's action; the payload says how far it was breached."""
    group = delivery.arn.split(":autoScalingGroupName/")[1].split(":")[0]
    client("autoscaling").execute_policy(
        AutoScalingGroupName=group, PolicyName=delivery.arn, **json.loads(delivery.payload)
    )


def _put_event(client: Any, delivery: Delivery) -> None:
    """Put an event on another bus: a schedule says what it is, a rule passes on what it got."""
    event = json.loads(delivery.payload)
    source = delivery.parameters.get("Source") or event.get("source", "")
    kind = delivery.parameters.get("DetailType") or event.get("detail-type", "")
    detail = event if "Source" in delivery.parameters else event.get("detail", {})
    answer = client("events").put_events(
        Entries=[
            {
                "EventBusName": delivery.arn,
                "Source": source,
                "DetailType": kind,
                "Detail": json.dumps(detail),
                "Resources": event.get("resources", []) if isinstance(event, dict) else [],
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise ValueError(answer["Entries"][0].get("ErrorMessage", "the event was refused"))


def _log(client: Any, delivery: Delivery) -> None:
    logs = client("logs")
    group = delivery.arn.split(":log-group:")[1].removesuffix(":*")
    stream = str(uuid.uuid4())
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": delivery.payload}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])


def _universal(client: Any, delivery: Delivery) -> None:
    """Call any API: `arn:aws:scheduler:::aws-sdk:sqs:purgeQueue`, the input its parameters."""
    service, action = delivery.arn.split(":aws-sdk:")[1].split(":")
    caller = client("stepfunctions" if service == "sfn" else service)
    called = getattr(caller, xform_name(action))
    model = caller.meta.service_model
    names = {
        member.lower(): member
        for member in model.operation_model(
            caller.meta.method_to_api_mapping[xform_name(action)]
        ).input_shape.members
    }
    given = json.loads(delivery.payload or "{}")
    called(**{names.get(name.lower(), name): value for name, value in given.items()})


SENDERS = {
    "states": _start_execution,
    "lambda": _invoke,
    "sns": _publish,
    "sqs": _send_message,
    "events": _put_event,
    "logs": _log,
    "autoscaling": _scale,
}
