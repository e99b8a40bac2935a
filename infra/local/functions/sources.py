"""Where event source mappings read: a table's stream and a queue."""

import json
from datetime import datetime
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from infra.local.account import ACCOUNT_ID


class StreamSource:
    """A DynamoDB stream, read in order from a position of one's own."""

    keeps_order = True

    def __init__(self, mapping: Any) -> None:
        self.arn: str = mapping.event_source_arn
        self._region = mapping.region
        latest = mapping.starting_position == "LATEST"
        self._position = len(self._shard().items) if latest else 0

    def take(self, size: int) -> list[dict[str, Any]]:
        """Take the next records, as the function's event shows them."""
        taken = self._shard().items[self._position : self._position + size]
        self._position += len(taken)
        return [self._record(item.to_json()) for item in taken]

    @staticmethod
    def identifier(record: dict[str, Any]) -> str:
        """Give what names a record in a partial batch response."""
        return str(record["dynamodb"]["SequenceNumber"])

    @staticmethod
    def filtered_by(record: dict[str, Any]) -> dict[str, Any]:
        """Give what a filter's pattern is compared with."""
        return record

    def _shard(self) -> Any:
        table_name = self.arn.split("/")[1]
        return dynamodb_backends[ACCOUNT_ID][self._region].get_table(table_name).stream_shard

    def _record(self, record: dict[str, Any]) -> dict[str, Any]:
        change = dict(record["dynamodb"])
        created = change.get("ApproximateCreationDateTime")
        if isinstance(created, datetime):
            change["ApproximateCreationDateTime"] = int(created.timestamp())
        return {
            **record,
            "dynamodb": change,
            "awsRegion": self._region,
            "eventSourceARN": self.arn,
        }


class QueueSource:
    """An SQS queue, whose messages are deleted when the function has taken them."""

    keeps_order = False

    def __init__(self, mapping: Any) -> None:
        self.arn: str = mapping.event_source_arn
        self._region = mapping.region
        self._name = self.arn.rpartition(":")[2]

    @property
    def visibility_timeout(self) -> float:
        """Seconds after which a message that was not deleted is seen again."""
        return float(self._backend().get_queue(self._name).visibility_timeout)

    def take(self, size: int) -> list[dict[str, Any]]:
        """Receive messages, as the function's event shows them."""
        messages = self._backend().receive_message(self._name, size, 0, self.visibility_timeout)
        return [self._record(message) for message in messages]

    @staticmethod
    def identifier(record: dict[str, Any]) -> str:
        """Give what names a message in a partial batch response."""
        return str(record["messageId"])

    @staticmethod
    def filtered_by(record: dict[str, Any]) -> dict[str, Any]:
        """Give what a filter's pattern is compared with: a body in JSON is looked into."""
        try:
            return {**record, "body": json.loads(record["body"])}
        except ValueError:
            return record

    def delete(self, records: list[dict[str, Any]]) -> None:
        """Delete messages that the function has taken."""
        for record in records:
            self._backend().delete_message(self._name, record["receiptHandle"])

    def show_again(self, records: list[dict[str, Any]]) -> None:
        """Let messages be received again."""
        for record in records:
            self._backend().change_message_visibility(self._name, record["receiptHandle"], 0)

    def _backend(self) -> Any:
        return sqs_backends[ACCOUNT_ID][self._region]

    def _record(self, message: Any) -> dict[str, Any]:
        attributes = {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
            "SenderId": message.sender_id,
            "SentTimestamp": str(message.sent_timestamp),
        }
        if message.group_id:
            attributes["MessageGroupId"] = message.group_id
            attributes["MessageDeduplicationId"] = message.deduplication_id or ""
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes,
            "messageAttributes": {
                name: _attribute(value) for name, value in message.message_attributes.items()
            },
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self.arn,
            "awsRegion": self._region,
        }


def _attribute(value: Any) -> dict[str, Any]:
    return {
        "dataType": value.get("data_type") or value.get("DataType"),
        "stringValue": value.get("string_value") or value.get("StringValue"),
        "stringListValues": [],
        "binaryListValues": [],
    }
