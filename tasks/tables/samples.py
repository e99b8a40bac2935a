"""Items chosen by a drill's id, so that anybody can choose the same ones again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from tasks.integrities.hashing import Item, key_hash
from tasks.runtime import raising

# A segment has about so many items, so that choosing reads a small part of a large table.
ITEMS_A_SEGMENT = 500
MOST_SEGMENTS = 10_000


@dataclass(frozen=True)
class Lot:
    """How items are chosen: the seed, into how many segments the table is cut, its items."""

    seed: str
    segments: int
    items: int

    @classmethod
    def of(cls, seed: str, items: int) -> "Lot":
        """Cut a table of so many items into segments."""
        return cls(seed, max(1, min(MOST_SEGMENTS, items // ITEMS_A_SEGMENT)), items)

    @property
    def first(self) -> int:
        """The segment that is read first."""
        return int.from_bytes(blake2b(self.seed.encode(), digest_size=8).digest()) % self.segments

    def rank(self, key: bytes) -> bytes:
        """Give a key's place in the lot."""
        return blake2b(key, key=self.seed.encode()[:64], digest_size=16).digest()

    @property
    def words(self) -> str:
        """Say how to choose them again."""
        return (
            f"scan segment {self.first} of {self.segments}, then the next ones; in each the "
            f"lowest BLAKE2b-128 of the key's hash, keyed with {self.seed}, first"
        )


def chosen(
    lot: Lot, table: str, keys: Sequence[str], count: int, dynamodb: Any
) -> list[tuple[bytes, Item]]:
    """Choose up to so many items of a table, with the hashes of their keys."""
    found: list[tuple[bytes, Item]] = []
    for number in range(lot.segments):
        segment = (lot.first + number) % lot.segments
        items = [(key_hash(item, keys), item) for item in scanned(table, segment, lot, dynamodb)]
        found += sorted(items, key=lambda entry: lot.rank(entry[0]))
        if len(found) >= count:
            break
    return found[:count]


def scanned(table: str, segment: int, lot: Lot, dynamodb: Any) -> Iterator[Item]:
    """Read a segment from its beginning, consistently."""
    start: dict[str, Any] = {}
    while True:
        with raising({}, f"table {table}"):
            page = dynamodb.scan(
                TableName=table,
                Segment=segment,
                TotalSegments=lot.segments,
                ConsistentRead=True,
                **start,
            )
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def read(table: str, item: Item, keys: Sequence[str], dynamodb: Any) -> Item | None:
    """Read the item of the same key; None where the table has none."""
    return get(table, {name: item[name] for name in keys}, dynamodb)


def get(table: str, key: Mapping[str, Any], dynamodb: Any) -> Item | None:
    """Read an item by its key, consistently; None where the table has none."""
    with raising({}, f"table {table}"):
        found: Item | None = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get(
            "Item"
        )
    return found
