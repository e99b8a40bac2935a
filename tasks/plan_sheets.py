"""The sheet of a plan: every matched instance with its verdict, and the plan in words."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tasks.guards import ACT, ALREADY, REFUSED, Verdict
from tasks.listings import Listing
from tasks.selection import Row

MOST_LINES = 60
# So many ids make a line of some 400 characters; 1,000 of them, which is all that a request
# can name, make 50 lines.
IDS_PER_LINE = 20
# As many ids stand for all that were refused for the same reason.
EXAMPLES = 5


class Sheet:
    """Collects what becomes of each instance; those not acted on are kept on file only."""

    def __init__(self) -> None:
        self.listing = Listing()
        self.counts: Counter[str] = Counter()
        self.reasons: dict[tuple[str, str], list[Any]] = {}

    @property
    def matched(self) -> int:
        """Give how many instances have a line."""
        return self.counts.total()

    def add(self, row: Row, verdict: Verdict, batch: int = 0) -> None:
        """Write an instance's line; `batch` is the number of its batch, from 1."""
        self.counts[verdict.verdict] += 1
        if verdict.verdict != ACT:
            told = self.reasons.setdefault((verdict.verdict, verdict.reason), [0, []])
            told[0] += 1
            if len(told[1]) < EXAMPLES:
                told[1].append(row.instance_id)
        self.listing.line(
            {
                "instance_id": row.instance_id,
                "name": row.name,
                "type": row.type,
                "zone": row.zone,
                "state": row.state,
                "verdict": verdict.verdict,
                "reason": verdict.reason,
                "batch": batch,
            }
        )

    def sift(self, rows: Iterable[Row], objection: Callable[[Row], str]) -> list[Row]:
        """Give the rows that an objection does not refuse; the others get their lines."""
        kept = []
        for row in rows:
            reason = objection(row)
            if reason:
                self.add(row, Verdict(REFUSED, reason))
            else:
                kept.append(row)
        return kept

    def told(self, verdict: str) -> list[str]:
        """Give a line for each reason of a verdict, the most frequent first."""
        found = [
            (count, reason, ids)
            for (kind, reason), (count, ids) in self.reasons.items()
            if kind == verdict
        ]
        return [
            f"{verdict}: {count:,} ({_some(ids, count)}): {reason}"
            for count, reason, ids in sorted(found, key=lambda entry: -entry[0])
        ]


def _some(ids: Sequence[str], count: int) -> str:
    more = f" and {count - len(ids):,} more" if count > len(ids) else ""
    return ", ".join(ids) + more


def in_words(
    action: str, batches: Sequence[Sequence[Row]], sheet: Sheet, begins: Sequence[int]
) -> list[str]:
    """Say what will happen, in at most 60 lines; termination names every id."""
    acted = sum(len(batch) for batch in batches)
    # Those acted on get their lines on the sheet last.
    matched = acted + sheet.matched
    parts = "1 batch" if len(batches) == 1 else f"{len(batches):,} batches"
    head = f"{action} {acted:,} of {matched:,} matched instances in {parts}"
    lines = [f"{head}; the last begins after {begins[-1]:,} s" if begins and begins[-1] else head]
    if action == "terminate":
        ids = [row.instance_id for batch in batches for row in batch]
        lines += [
            "terminate " + ", ".join(ids[start : start + IDS_PER_LINE])
            for start in range(0, len(ids), IDS_PER_LINE)
        ]
    else:
        kinds = Counter((row.type, row.zone) for batch in batches for row in batch)
        lines += [f"{count:,} {kind} in {zone}" for (kind, zone), count in kinds.most_common()]
    lines += sheet.told(REFUSED) + sheet.told(ALREADY)
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"and {len(lines) - MOST_LINES + 1} lines more, in the plan"]
    return lines
