"""Two digests compared, row by row where their sums differ; nothing here calls AWS."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.errors import AwsCallFailed
from tasks.integrities.hashing import BYTES, MODULUS
from tasks.integrities.sums import BUCKETS, LATER, ROW, hexadecimal

# Rows of both tables that are in memory at a time.
AT_ONCE = 500_000
# As many as a drill corrupts at most, and more than anybody reads.
MOST_NAMED = 100

# Gives the rows of the buckets from the first to before the last of them.
Fetch = Callable[[int, int], Iterable[bytes]]
Rows = dict[bytes, tuple[bytes, int]]


@dataclass(frozen=True)
class Side:
    """One of both tables: the totals of its digest, how many rows each bucket has, the rows."""

    name: str
    totals: Mapping[str, Any]
    rows: Sequence[int]
    fetch: Fetch


@dataclass(frozen=True)
class Excuses:
    """Why an item may be in one table only: expired by `now`, or deleted since in normal use."""

    now: float
    deletes: bool


@dataclass
class Comparison:
    """What was found: what counts on both sides, and the hashes of the keys that differ."""

    expected_items: int = 0
    expected_sum: int = 0
    observed_items: int = 0
    observed_sum: int = 0
    later: int = 0
    expired: int = 0
    deleted: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("missing", "changed", "extra"), 0)
    )

    @property
    def equal(self) -> bool:
        """Whether all that was compared is the same."""
        return (
            not any(self.counts.values())
            and self.expected_items == self.observed_items
            and (self.expected_sum - self.observed_sum) % MODULUS == 0
        )

    @property
    def checksums(self) -> tuple[str, str]:
        """The expected and the observed sum in hex."""
        return hexadecimal(self.expected_sum), hexadecimal(self.observed_sum)

    def differ(self, how: str, key: bytes) -> None:
        """Note a key that is missing, changed or extra; a hundred of each are named."""
        self.counts[how] += 1
        named: list[str] = getattr(self, how)
        if len(named) < MOST_NAMED:
            named.append(key.hex())


def compare(reference: Side, copy: Side, excuses: Excuses, at_once: int = AT_ONCE) -> Comparison:
    """Compare a copy with what it should be.

    Buckets with equal sums are equal. In the others each row is looked at: what the reference
    says was changed after the cut-off is left out on both sides.
    """
    found = Comparison(later=reference.totals["later"])
    differing = []
    for bucket in range(BUCKETS):
        if _same(reference.totals, copy.totals, bucket):
            _count(found, "expected", reference.totals, bucket)
            _count(found, "observed", copy.totals, bucket)
        else:
            differing.append(bucket)
    for first, last in _groups(differing, reference, copy, at_once):
        expected, observed = _rows(reference, first, last), _rows(copy, first, last)
        _match(expected, observed, excuses, found)
    return found


def _same(one: Mapping[str, Any], other: Mapping[str, Any], bucket: int) -> bool:
    return bool(
        one["counts"][bucket] == other["counts"][bucket]
        and int(one["sums"][bucket], 16) == int(other["sums"][bucket], 16)
    )


def _count(found: Comparison, side: str, totals: Mapping[str, Any], bucket: int) -> None:
    items, total = f"{side}_items", f"{side}_sum"
    setattr(found, items, getattr(found, items) + totals["counts"][bucket])
    setattr(found, total, getattr(found, total) + int(totals["sums"][bucket], 16))


def _groups(
    buckets: Sequence[int], one: Side, other: Side, at_once: int
) -> Iterator[tuple[int, int]]:
    """Join neighbouring buckets as long as their rows fit into memory; [first, last)."""
    start = end = -1
    rows = 0
    for bucket in buckets:
        more = one.rows[bucket] + other.rows[bucket]
        if bucket == end and rows + more <= at_once:
            end, rows = bucket + 1, rows + more
            continue
        if start >= 0:
            yield start, end
        start, end, rows = bucket, bucket + 1, more
    if start >= 0:
        yield start, end


def read_rows(parts: Iterable[bytes]) -> Rows:
    """Give each item's hash, and from when it may expire, by its key's hash."""
    found: Rows = {}
    for content in parts:
        for at in range(0, len(content), ROW):
            middle, end = at + BYTES, at + 2 * BYTES
            until = int.from_bytes(content[end : at + ROW])
            found[content[at:middle]] = (content[middle:end], until)
    return found


def _rows(side: Side, first: int, last: int) -> Rows:
    """Read rows, and see that they are those that the sums were made of."""
    found = read_rows(side.fetch(first, last))
    counted = [int.from_bytes(whole) for whole, until in found.values() if until != LATER]
    span = range(first, last)
    told = sum(int(side.totals["sums"][bucket], 16) for bucket in span)
    items = sum(side.totals["counts"][bucket] for bucket in span)
    if len(counted) != items or (sum(counted) - told) % MODULUS:
        raise AwsCallFailed(
            f"The rows of the {side.name} are not those that its sums were made of: its files "
            "in the evidence bucket were changed or are incomplete. Take the digest again."
        )
    return found


def _match(expected: Rows, observed: Rows, excuses: Excuses, found: Comparison) -> None:
    for key, (whole, until) in expected.items():
        there = observed.pop(key, None)
        if until == LATER:
            continue
        if there is None:
            if _expired(until, excuses):
                found.expired += 1
                continue
            found.differ("missing", key)
        else:
            found.observed_items += 1
            found.observed_sum += int.from_bytes(there[0])
            if there[0] != whole:
                found.differ("changed", key)
        found.expected_items += 1
        found.expected_sum += int.from_bytes(whole)
    for key, (whole, until) in observed.items():
        if _expired(until, excuses):
            found.expired += 1
        elif excuses.deletes:
            found.deleted += 1
        else:
            found.differ("extra", key)
            found.observed_items += 1
            found.observed_sum += int.from_bytes(whole)


def _expired(until: int, excuses: Excuses) -> bool:
    return 0 < until <= excuses.now
