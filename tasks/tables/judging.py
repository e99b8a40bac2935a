"""What a sample of a copy should be: as its source has it now, or as a manifest tells."""

from collections.abc import Mapping
from typing import Any, Protocol

from tasks.integrities import findings, hashing, moments, sums
from tasks.integrities.comparing import Rows, Side, read_rows
from tasks.integrities.hashing import Item
from tasks.tables import samples

SAME, DIFFERENT, ASIDE = "same", "different", "aside"


class Judge(Protocol):
    """Knows what each item should be."""

    advice: str

    def judged(self, key: bytes, read: Item | None, scanned: Item) -> str:
        """Say SAME, DIFFERENT or ASIDE of an item that was chosen in the copy and read again."""


class Source:
    """The source itself: what was changed after the recovery point is set aside."""

    def __init__(
        self, reference: Mapping[str, Any], deletes: bool, now: float, dynamodb: Any
    ) -> None:
        self.table, self.keys = reference["table"], list(reference["keys"])
        self.ttl, self.deletes, self.now = reference["ttl_attribute"], deletes, now
        # The rule of the reference's digest decides here too.
        self.rule = sums.Digest(reference)
        self.advice = findings.advice(reference, None)
        self.dynamodb = dynamodb

    def judged(self, key: bytes, read: Item | None, scanned: Item) -> str:
        """Read the item of the source, and compare it."""
        item = samples.read(self.table, scanned, self.keys, self.dynamodb)
        if item is None:
            gone = self.deletes or 0 < moments.expiry(scanned, self.ttl) <= self.now
            return ASIDE if gone else DIFFERENT
        if self.rule.changed and self.rule.changed(item) > self.rule.limit:
            return ASIDE
        return compared(hashing.item_hash(item), read)


class Manifest:
    """The rows of the digest that was taken with a backup."""

    def __init__(self, reference: Side, deletes: bool) -> None:
        self.side, self.deletes, self.advice = reference, deletes, ""
        self.rows: dict[int, Rows] = {}

    def judged(self, key: bytes, read: Item | None, scanned: Item) -> str:
        """Look the item up by its key's hash, and compare it."""
        bucket = key[0]
        if bucket not in self.rows:
            self.rows[bucket] = read_rows(self.side.fetch(bucket, bucket + 1))
        whole, until = self.rows[bucket].get(key, (b"", 0))
        if until == sums.LATER or (not whole and self.deletes):
            return ASIDE
        return compared(whole, read)


def compared(expected: bytes, read: Item | None) -> str:
    """Compare an item of the copy with a hash."""
    return SAME if read is not None and hashing.item_hash(read) == expected else DIFFERENT
