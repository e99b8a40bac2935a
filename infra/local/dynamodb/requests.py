"""Requests that see each other whole, and transactions that keep only what they touch."""

import copy
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from infra.local.account import Account
from infra.local.dynamodb.items import Key
from infra.local.dynamodb.writing import key_of
from infra.local.patching import replace


def install(account: Account, settle: Callable[[Any], None]) -> None:
    """Answer one request after the other, and keep of a transaction only what it touches.

    `settle` is called with the backend before each request.
    """
    one_at_a_time = threading.RLock()

    def answer(handler: Any) -> Any:
        with one_at_a_time:
            settle(handler.dynamodb_backend)
            return plain_answer(handler)

    def transact(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        touched = [found for item in transact_items if (found := _before(backend, item))]
        written = {table.name: _stream_length(table) for table, _, _ in touched}
        try:
            plain_transact(backend, transact_items)
        except Exception:
            for table, key, item in touched:
                table.items.put(key, item)
                _shorten_stream(table, written[table.name])
            raise

    # moto lets another request in between a condition and its write, and fails a query during
    # which something is written.
    plain_answer = replace(account, DynamoHandler, "call_action", answer)
    # moto copies every table of a transaction whole, so that each one takes as long as the
    # tables are large, and forgets what others wrote meanwhile when it is cancelled.
    replace(account, models, "copy", SimpleNamespace(deepcopy=_copy_no_table))
    plain_transact = replace(account, DynamoDBBackend, "transact_write_items", transact)


def _copy_no_table(value: Any) -> Any:
    return value if isinstance(value, Table) else copy.deepcopy(value)


def _before(backend: Any, item: dict[str, Any]) -> tuple[Any, Key, Any] | None:
    """Give table, key and the item that is there; None for what moto will refuse."""
    operation = next(iter(item.values()))
    table = backend.tables.get(operation.get("TableName", "").rpartition("/")[2])
    given = operation.get("Key") or operation.get("Item") or {}
    key = key_of(table, given) if table else None
    return (table, key, table.items.at(key)) if key else None


def _stream_length(table: Table) -> int:
    return len(table.stream_shard.items) if table.stream_shard else 0


def _shorten_stream(table: Table, length: int) -> None:
    if table.stream_shard:
        del table.stream_shard.items[length:]
