"""Scans and queries that look at no more than their page."""

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from moto.dynamodb.models import table as moto_table
from moto.dynamodb.models.table import Table

from infra.local.account import Account
from infra.local.dynamodb.items import Items, Key
from infra.local.dynamodb.tables import facts_of
from infra.local.dynamodb.writing import key_of
from infra.local.patching import replace


class View:
    """A table of which moto sees only some items, in the order in which they are given."""

    def __init__(self, table: Any, items: Iterable[Any]) -> None:
        self._table = table
        self._items = items

    def all_items(self) -> Iterable[Any]:
        """Give the items that are seen."""
        return self._items

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


class ScanView(View):
    """A table as a scan sees it, or one of its indexes."""

    def has_idx_items(self, index_name: str) -> Iterable[Any]:
        """Give the items that are seen, which are the index's."""
        return self._items

    def sorted_items(self, hash_keys: Any, range_keys: Any, items: Iterable[Any]) -> Any:
        """Leave the items of an index in the order of the table's, as none is promised."""
        return items


def install(account: Account) -> None:
    """Let a page of a scan or query cost what is on the page."""

    def scan(
        table: Any,
        filters: Any,
        limit: Any,
        start: dict[str, Any] | None,
        filter_expression: Any = None,
        index_name: str | None = None,
        consistent_read: bool = False,
        projection: Any = None,
        segments: tuple[Any, Any] = (None, None),
    ) -> Any:
        segment, total = (segments[0], segments[1]) if segments[1] else (0, 1)
        items: Items = table.items
        page = items.scanned(key_of(table, start) if start else None, segment, total)
        looked_at: list[Any] = []
        view = ScanView(table, _seen(table, page, index_name, looked_at))
        answer = plain_scan(
            view, filters, limit, None, filter_expression, index_name, consistent_read, projection
        )
        facts_of(table).bytes_read = sum(item.size() for item in looked_at[: answer[1]])
        whole = limit is None or answer[1] < limit
        last = None if whole else looked_at[limit - 1]
        return answer if whole else _to_be_continued(table, answer, last, index_name)

    def query(table: Any, hash_key: Any, *args: Any, **kwargs: Any) -> Any:
        index = kwargs.get("index_name") or (args[6] if len(args) > 6 else None)
        seen = _indexed(table, kwargs) if index else _partition(table, hash_key)
        answer = plain_query(View(table, seen), hash_key, *args, **kwargs)
        facts_of(table).bytes_read = sum(item.size() for item in answer[0])
        whole = index or not answer[0] or len(answer[0]) != args[2]
        return answer if whole else _to_be_continued(table, answer, answer[0][-1], None)

    # moto sorts the whole table for each page, and copies what it answers with.
    plain_scan = replace(account, Table, "scan", scan)
    plain_query = replace(account, Table, "query", query)
    copies = SimpleNamespace(copy=moto_table.copy.copy, deepcopy=lambda value: value)
    replace(account, moto_table, "copy", copies)


def _seen(
    table: Any, page: Iterable[tuple[Key, Any]], index_name: str | None, looked_at: list[Any]
) -> Iterator[Any]:
    """Give the items of a page of a table or an index, and note each that is looked at."""
    schema = table.get_index(index_name).schema if index_name else []
    wanted = {key["AttributeName"] for key in schema}
    for _, item in page:
        if wanted.issubset(item.attrs):
            looked_at.append(item)
            yield item


def _to_be_continued(table: Any, answer: Any, last: Any, index_name: str | None) -> Any:
    """Give an answer with the last key that was looked at: DynamoDB does not look beyond a limit,
    and so cannot know that nothing follows.
    """
    return (*answer[:2], answer[2] or table._get_last_evaluated_key(last, index_name))


def _partition(table: Any, hash_key: Any) -> list[Any]:
    held = table.items.get(hash_key)
    if held is None:
        return []
    return [held[key] for key in held.in_order()] if table.has_range_key else [held]


def _indexed(table: Any, conditions: dict[str, Any]) -> Iterator[Any]:
    """Give the items that have the partition key of an index which is asked for."""
    wanted = conditions.get("hash_key_conditions") or []
    for _, item in table.items.scanned():
        if all(name in item.attrs and item.attrs[name] == value for name, value in wanted):
            yield item
