"""DynamoDB in the embedded account: requests that see each other whole, and quick transactions."""

import copy
import threading
from types import SimpleNamespace
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from infra.local.account import Account
from infra.local.patching import replace

Key = dict[str, Any]


def install(account: Account) -> None:
    """Answer one request after the other, and keep of a transaction only what it touches."""
    one_at_a_time = threading.RLock()

    def answer(handler: Any) -> Any:
        with one_at_a_time:
            return plain_answer(handler)

    def transact(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        touched = [found for item in transact_items if (found := _before(backend, item))]
        written = {table.name: _stream_length(table) for table, _, _ in touched}
        try:
            plain_transact(backend, transact_items)
        except Exception:
            for table, key, item in touched:
                _put_back(table, key, item)
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


def _before(backend: Any, item: dict[str, Any]) -> tuple[Table, Key, Any] | None:
    """Give table, key and a copy of the item that is there; None for what moto will refuse."""
    operation = next(iter(item.values()))
    table = backend.tables.get(operation.get("TableName", "").rpartition("/")[2])
    given = operation.get("Key") or operation.get("Item") or {}
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name] if table else []
    if not names or any(name not in given for name in names):
        return None
    key = {name: given[name] for name in names}
    return table, key, copy.deepcopy(backend.get_item(table.name, key))


def _put_back(table: Table, key: Key, item: Any) -> None:
    hash_value, *range_value = (models.DynamoType(value) for value in key.values())
    items: Any = table.items
    place, at = (items[hash_value], range_value[0]) if range_value else (items, hash_value)
    if item is None:
        place.pop(at, None)
    else:
        place[at] = item


def _stream_length(table: Table) -> int:
    return len(table.stream_shard.items) if table.stream_shard else 0


def _shorten_stream(table: Table, length: int) -> None:
    if table.stream_shard:
        del table.stream_shard.items[length:]
