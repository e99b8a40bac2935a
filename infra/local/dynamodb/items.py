"""The items of a table, in the order in which DynamoDB scans them, with each change told.

An item that is stored is never changed in place (see writing.py), so that tables, backups and
histories can share it.
"""

import bisect
import hashlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

Key = tuple[Any, Any]
Watcher = Callable[[Key, Any, Any], None]
# A key's place in the order of a scan is a number below this.
PLACES = 1 << 64


class Ordered(dict[Any, Any]):
    """A dictionary that also gives its keys in an order, without sorting all of them again."""

    __slots__ = ("_gone", "_new", "_ranked")

    def __init__(self) -> None:
        super().__init__()
        # Together they hold each key once that is or was there; `_gone` are those that were.
        self._ranked: list[tuple[Any, Any]] = []
        self._new: list[Any] = []
        self._gone: set[Any] = set()

    def rank(self, key: Any) -> Any:
        """Give what a key is put in order by."""
        raise NotImplementedError

    def keep(self, key: Hashable, value: Any) -> None:
        """Store a value, and tell nobody."""
        if key not in self:
            if key in self._gone:
                self._gone.discard(key)
            else:
                self._new.append(key)
        dict.__setitem__(self, key, value)

    def drop(self, key: Hashable) -> Any:
        """Take a value out, and tell nobody; raises KeyError."""
        value = dict.pop(self, key)
        self._gone.add(key)
        return value

    def in_order(self, beginning: tuple[Any, ...] = (), end: Any = None) -> Iterator[Any]:
        """Give the keys from a rank on, or after a rank and key, to those of rank `end`."""
        self._put_in_order()
        for index in range(bisect.bisect_right(self._ranked, beginning), len(self._ranked)):
            rank, key = self._ranked[index]
            if end is not None and rank > end:
                return
            if key in self:
                yield key

    def copy_of(self, other: "Ordered") -> None:
        """Hold what another one holds."""
        other._put_in_order()
        dict.update(self, other)
        self._ranked, self._new, self._gone = list(other._ranked), [], set(other._gone)

    def _put_in_order(self) -> None:
        if len(self._gone) * 2 > len(self):
            self._ranked = [each for each in self._ranked if each[1] in self]
            self._new = [key for key in self._new if key in self]
            self._gone = set()
        if self._new:
            self._ranked += [(self.rank(key), key) for key in self._new]
            self._ranked.sort()
            self._new = []


class Partition(Ordered):
    """The items of one partition key by sort key; its table has it from its first item on."""

    __slots__ = ("_items", "_partition_key")

    def __init__(self, items: "Items", partition_key: Any) -> None:
        super().__init__()
        self._items = items
        self._partition_key = partition_key

    def rank(self, key: Any) -> Any:
        """Order by the sort key's value."""
        return key.cast_value

    def __setitem__(self, key: Any, item: Any) -> None:
        before = self.get(key)
        self.keep(key, item)
        if self._partition_key not in self._items:
            self._items.keep(self._partition_key, self)
        self._items.tell((self._partition_key, key), before, item)

    def pop(self, key: Any, *default: Any) -> Any:
        """Take an item out, and the partition with its last one."""
        if default and key not in self:
            return default[0]
        item = self.drop(key)
        if not self:
            self._items.drop(self._partition_key)
        self._items.tell((self._partition_key, key), item, None)
        return item


class Items(Ordered):
    """The items of a table by their keys, or its partitions where it has sort keys.

    `watchers` are called with the key and with the item before and after each change.
    """

    __slots__ = ("_quiet", "sorts", "watchers")

    def __init__(self, sorts: bool) -> None:
        super().__init__()
        self.sorts = sorts
        self.watchers: list[Watcher] = []
        self._quiet = False

    def rank(self, key: Any) -> int:
        """Order by a hash of the partition key, which is what parallel scans divide."""
        return place_of(key)

    def __missing__(self, key: Any) -> Partition:
        if not self.sorts:
            raise KeyError(key)
        return Partition(self, key)

    def __setitem__(self, key: Any, item: Any) -> None:
        before = self.get(key)
        self.keep(key, item)
        self.tell((key, None), before, item)

    def pop(self, key: Any, *default: Any) -> Any:
        """Take an item out."""
        if default and key not in self:
            return default[0]
        item = self.drop(key)
        self.tell((key, None), item, None)
        return item

    def at(self, key: Key) -> Any:
        """Give the item with this key, or None."""
        held = self.get(key[0])
        return held.get(key[1]) if self.sorts and held is not None else held

    def put(self, key: Key, item: Any) -> None:
        """Put an item where a key says, or take out the one that is there with None."""
        holder, at = (self[key[0]], key[1]) if self.sorts else (self, key[0])
        if item is not None:
            holder[at] = item
        else:
            holder.pop(at, None)

    def tell(self, key: Key, before: Any, after: Any) -> None:
        """Tell all who watch of a change."""
        if not self._quiet:
            for watcher in self.watchers:
                watcher(key, before, after)

    @contextmanager
    def one_change(self, key: Key) -> Iterator[None]:
        """Tell of all that the block does to an item as one change; undo it if the block fails."""
        before = self.at(key)
        self._quiet = True
        try:
            yield
        except BaseException:
            self.put(key, before)
            raise
        finally:
            self._quiet = False
        self.tell(key, before, self.at(key))

    def copied(self) -> "Items":
        """Give the same items in a holder of their own that nobody watches."""
        copied = Items(self.sorts)
        copied.copy_of(self)
        if self.sorts:
            for key, partition in self.items():
                own = Partition(copied, key)
                own.copy_of(partition)
                dict.__setitem__(copied, key, own)
        return copied

    def count(self) -> int:
        """Count the items."""
        return sum(len(each) for each in self.values()) if self.sorts else len(self)

    def scanned(
        self, after: Key | None = None, segment: int = 0, segments: int = 1
    ) -> Iterator[tuple[Key, Any]]:
        """Give keys and items of a segment in the order of a scan, after a key."""
        first, last = _places(segment, segments)
        beginning: tuple[Any, ...] = (first,)
        if after is not None and place_of(after[0]) >= first:
            partition = self.get(after[0])
            if self.sorts and partition is not None:
                yield from _of(after[0], partition, (after[1].cast_value, after[1]))
            beginning = (place_of(after[0]), after[0])
        for key in self.in_order(beginning, last):
            if self.sorts:
                yield from _of(key, self[key], ())
            else:
                yield (key, None), self[key]


def place_of(partition_key: Any) -> int:
    """Give the place of a partition key in the order of a scan, the same in every account."""
    value = partition_key.value
    if partition_key.type == "N":
        value = str(partition_key.cast_value.normalize())
    digest = hashlib.md5(f"{partition_key.type}{value}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big")


def _places(segment: int, segments: int) -> tuple[int, int]:
    """Give the first and the last place that belong to a segment."""
    first = -(-segment * PLACES // segments)
    return first, -(-(segment + 1) * PLACES // segments) - 1


def _of(key: Any, partition: Partition, beginning: tuple[Any, ...]) -> Iterator[tuple[Key, Any]]:
    for sort_key in partition.in_order(beginning):
        yield (key, sort_key), partition[sort_key]
