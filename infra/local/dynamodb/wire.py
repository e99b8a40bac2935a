"""Answers that hold items, written at once as they go over the wire."""

import base64
import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb import responses
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from infra.local.account import Account
from infra.local.dynamodb.tables import facts_of
from infra.local.patching import replace

READS = (
    "batch_execute_statement",
    "batch_get_item",
    "execute_statement",
    "execute_transaction",
    "get_item",
    "query",
    "scan",
    "transact_get_items",
)
MEASURED = ("query", "scan")
# Amazon DynamoDB Developer Guide, "Read consistency": a unit reads so much, or twice as much
# where the read need not be consistent.
UNIT_BYTES = 4_096


def install(account: Account) -> None:
    """Write the answers of reads without moto's serializer."""

    def told(result: Any) -> ActionResult:
        return ActionResult(result) if _holds_items(result) else plain_result(result)

    # moto copies each answer, and looks up each attribute of each item by five names: it takes
    # ten times as long to write a page of a scan as a client takes to read it.
    plain_result = replace(account, responses, "DynamoResult", told)
    for name in READS:
        replace(account, DynamoHandler, name, _written(getattr(DynamoHandler, name)))


def _written(plain: Callable[[Any], ActionResult]) -> Callable[[Any], str]:
    def answer(handler: Any) -> str:
        result: Any = plain(handler).result
        if plain.__name__ in MEASURED and "ConsumedCapacity" in result:
            table = handler.dynamodb_backend.get_table(handler.body["TableName"])
            consistent = handler.body.get("ConsistentRead", False)
            units = read_units(facts_of(table).bytes_read, consistent)
            result["ConsumedCapacity"]["CapacityUnits"] = units
        return json.dumps(result, default=_plain, separators=(",", ":"))

    return answer


def _holds_items(result: Any) -> bool:
    return isinstance(result, dict) and not {"Item", "Items", "Responses", "Count"}.isdisjoint(
        result
    )


def _plain(value: Any) -> Any:
    """Give as JSON what it cannot hold: moto's attribute values, and binary ones."""
    if isinstance(value, DynamoType):
        return {value.type: value.value}
    return base64.b64encode(value).decode()


def read_units(size: int, consistent: bool) -> float:
    """Give the capacity units that reading so many bytes takes."""
    return max(1, -(-size // UNIT_BYTES)) * (1.0 if consistent else 0.5)
