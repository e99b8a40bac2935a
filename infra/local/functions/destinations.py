"""Where records of invocations are sent, as the function's role."""

import json
from typing import Any

from infra.local.account import Account


def client(account: Account, function: Any, target: str) -> Any:
    """Give the client of a target's service that acts as the function's role."""
    return account.role_client(target.split(":")[2], function.role, function.function_name)


def send_record(
    account: Account, function: Any, target: str, record: dict[str, Any], detail_type: str = ""
) -> None:
    """Send a record to a queue, a topic, a function or an event bus, by its ARN."""
    service = target.split(":")[2]
    body = json.dumps(record)
    if service == "lambda":
        client(account, function, target).invoke(
            FunctionName=target, InvocationType="Event", Payload=body
        )
    elif service == "events":
        entry = {
            "EventBusName": target,
            "Source": "lambda",
            "DetailType": detail_type,
            "Resources": [function.function_arn],
            "Detail": body,
        }
        client(account, function, target).put_events(Entries=[entry])
    else:
        send_message(account, function, target, body, {})


def send_message(
    account: Account, function: Any, target: str, body: str, attributes: dict[str, str]
) -> None:
    """Put a message with attributes into a queue or a topic; whole numbers become Number."""
    sender = client(account, function, target)
    typed = {
        name: {"DataType": "Number" if value.isdigit() else "String", "StringValue": value}
        for name, value in attributes.items()
    }
    if target.split(":")[2] == "sns":
        sender.publish(TopicArn=target, Message=body, MessageAttributes=typed)
        return
    url = sender.get_queue_url(QueueName=target.rpartition(":")[2])["QueueUrl"]
    sender.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)
