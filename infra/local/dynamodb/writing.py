"""Writes that leave the items alone that others may hold: an update makes a new item."""

import copy
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.table_export import TableExport
from moto.dynamodb.models.table_import import TableImport

from infra.local.account import Account
from infra.local.dynamodb.items import Items, Key
from infra.local.patching import replace


def install(account: Account) -> None:
    """Keep the items of new tables in Items, and update them by replacing them."""

    def make(table: Table, *args: Any, **kwargs: Any) -> None:
        plain_make(table, *args, **kwargs)
        table.items = Items(table.has_range_key)  # type: ignore[assignment]

    def update(backend: Any, table_name: str, key: dict[str, Any], *args: Any, **kw: Any) -> Any:
        table = backend.get_table(table_name)
        at = key_of(table, key)
        if at is None:
            return plain_update(backend, table_name, key, *args, **kw)
        with table.items.one_change(at):
            item = table.items.at(at)
            if item is not None:
                table.items.put(at, copy.deepcopy(item))
            written = len(table.stream_shard.items) if table.stream_shard else 0
            updated = plain_update(backend, table_name, key, *args, **kw)
            if table.stream_shard:
                _one_record(table.stream_shard.items, written)
            return updated

    def size(item: Any) -> int:
        known: int | None = vars(item).get("known_size")
        if known is None:
            known = item.known_size = plain_size(item)
        return known

    # moto keeps items in no order, changes them in place, leaves an update that fails half way
    # half done, and tells a stream of one that makes an item twice.
    plain_make = replace(account, Table, "__init__", make)
    plain_update = replace(account, DynamoDBBackend, "update_item", update)
    # An item that is never changed in place has one size.
    plain_size = replace(account, Item, "size", size)
    # moto imports and exports beside other requests, which may fail either.
    replace(account, TableImport, "start", TableImport.run)
    replace(account, TableExport, "start", TableExport.run)
    # moto keeps each item that there ever was in a list.
    replace(account, Item, "__new__", staticmethod(lambda kind, *_, **__: object.__new__(kind)))


def _one_record(records: list[Any], written: int) -> None:
    """Leave of the records since then the last one, which has the whole item."""
    if len(records) > written + 1:
        number = records[written].record["dynamodb"]["SequenceNumber"]
        del records[written:-1]
        records[-1].record["dynamodb"]["SequenceNumber"] = number


def key_of(table: Any, attributes: dict[str, Any]) -> Key | None:
    """Give the key among attributes as they are on the wire; None where it is not whole."""
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    if any(name not in attributes for name in names):
        return None
    key = [DynamoType(attributes[name]) for name in names]
    return key[0], key[1] if len(key) > 1 else None
