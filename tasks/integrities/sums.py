"""The digest of items as they are read: sums by bucket, and a row of hashes for each item."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks.integrities import moments
from tasks.integrities.hashing import BYTES, MODULUS, Item, item_hash, key_hash

# An item's bucket is the first byte of its key's hash.
BUCKETS = 256
# A row: the key's hash, the item's, and the second from which it may expire.
ROW = 2 * BYTES + 4
# In place of that second: the item was changed after the cut-off and is not to be compared.
LATER = 0xFFFF_FFFF
# Rows that are kept in memory before they are written: 9 MB.
FULL = 250_000

_seconds = struct.Struct(">I").pack
NEVER = _seconds(0)


class Digest:
    """Sums of a part of a table that is read page by page; its memory does not grow with it.

    `rule` has keys, changed_attribute, changed_format, cut_off (ISO 8601 UTC or empty),
    slack_seconds and ttl_attribute.
    """

    def __init__(self, rule: Mapping[str, Any], totals: Mapping[str, Any] | None = None) -> None:
        self.keys: Sequence[str] = rule["keys"]
        self.ttl: str = rule["ttl_attribute"]
        self.changed: moments.Reader | None = None
        if rule["changed_attribute"]:
            self.changed = moments.changed_reader(rule["changed_attribute"], rule["changed_format"])
        self.limit = float("inf")
        if self.changed and rule["cut_off"]:
            self.limit = moments.epoch(rule["cut_off"]) - rule["slack_seconds"]
        found = totals or {}
        self.counts: list[int] = list(found.get("counts", [0] * BUCKETS))
        self.sums = [int(text, 16) for text in found.get("sums", ["0"] * BUCKETS)]
        self.later: int = found.get("later", 0)
        self.undated: int = found.get("undated", 0)
        self.newest: float = found.get("newest", moments.UNKNOWN)
        self.rows = [bytearray() for _ in range(BUCKETS)]
        self.kept = 0

    def add(self, items: Sequence[Item]) -> None:
        """Take the items of a page in."""
        keys, changed, limit, ttl = self.keys, self.changed, self.limit, self.ttl
        counts, sums, rows = self.counts, self.sums, self.rows
        for item in items:
            key, whole, until = key_hash(item, keys), item_hash(item), NEVER
            bucket = key[0]
            if changed:
                moment = changed(item)
                if moment > limit:
                    self.later += 1
                    rows[bucket] += key + whole + _seconds(LATER)
                    continue
                if moment == moments.UNKNOWN:
                    self.undated += 1
                elif moment > self.newest:
                    self.newest = moment
            if ttl:
                until = _seconds(moments.expiry(item, ttl))
            counts[bucket] += 1
            sums[bucket] += int.from_bytes(whole)
            rows[bucket] += key + whole + until
        self.kept += len(items)

    def take_rows(self) -> tuple[bytes, list[int]]:
        """Give the rows that are kept, bucket after bucket, and how many each has; forget them."""
        content = b"".join(self.rows)
        counts = [len(rows) // ROW for rows in self.rows]
        self.rows = [bytearray() for _ in range(BUCKETS)]
        self.kept = 0
        return content, counts

    def totals(self) -> dict[str, Any]:
        """Give all but the rows, as JSON can hold it."""
        return {
            "counts": self.counts,
            "sums": [hexadecimal(value) for value in self.sums],
            "later": self.later,
            "undated": self.undated,
            "newest": self.newest,
        }


def hexadecimal(value: int) -> str:
    """Write a sum modulo 2^128 as 32 hex digits."""
    return f"{value % MODULUS:0{2 * BYTES}x}"


def added(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add the totals of segments up, in any order."""
    counts, sums = [0] * BUCKETS, [0] * BUCKETS
    later, undated, newest = 0, 0, moments.UNKNOWN
    for part in parts:
        for bucket in range(BUCKETS):
            counts[bucket] += part["counts"][bucket]
            sums[bucket] += int(part["sums"][bucket], 16)
        later += part["later"]
        undated += part["undated"]
        newest = max(newest, part["newest"])
    return {
        "counts": counts,
        "sums": [hexadecimal(value) for value in sums],
        "later": later,
        "undated": undated,
        "newest": newest,
    }


def checksum(sums: Iterable[str]) -> str:
    """Give the checksum of a whole table: the sum of its buckets, 32 hex digits."""
    return hexadecimal(sum(int(text, 16) for text in sums))
