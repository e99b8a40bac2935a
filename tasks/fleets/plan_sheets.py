"""The sheet of a plan: every matched instance with its verdict, and the plan in words."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tasks.fleets.guards import ACT, ALREADY, REFUSED, Verdict
from tasks.fleets.listings import Listing
from tasks.fleets.selection import Row

MOST_LINES = 60
LONGEST_LINE = 1200
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
    request: Mapping[str, Any],
    batches: Sequence[Sequence[Row]],
    sheet: Sheet,
    unavailable: int,
    last: int,
) -> list[str]:
    """Say what will happen, in at most 60 lines; termination names every id.

    `sheet` has who is not acted on, `unavailable` is how many may be away at once, `last` the
    seconds after which the last batch begins.
    """
    action = request["action"]
    rows = [row for batch in batches for row in batch]
    lines = [
        f"{action} {len(rows):,} of {len(rows) + sheet.matched:,} matched instances"
        f"{_how(request)} {_when(request, len(batches), unavailable, last)}"
    ]
    if request["options"]["emergency"]:
        lines.append(f"an emergency, outside of the maintenance windows: {request['reason']}")
    if action == "terminate":
        ids = [row.instance_id for row in rows]
        lines += [
            f"{action} " + ", ".join(ids[start : start + IDS_PER_LINE])
            for start in range(0, len(ids), IDS_PER_LINE)
        ]
    else:
        kinds = Counter((row.type, row.zone) for row in rows)
        lines += [
            f"{action} {count:,} {kind} in {zone}" for (kind, zone), count in kinds.most_common()
        ]
    lines += sheet.told(REFUSED) + sheet.told(ALREADY)
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"and {len(lines) - MOST_LINES + 1} lines more, in the plan"]
    return [line[:LONGEST_LINE] for line in lines]


def _how(request: Mapping[str, Any]) -> str:
    """Say what the options make of an action, as far as those who approve it must know."""
    options = request["options"]
    told = {
        "instance_type": " to {}",
        "image_id": " from {}",
        "launch_template": " from the launch template {}",
    }
    said = [words.format(options[name]) for name, words in told.items() if options.get(name)]
    if options["accept_data_loss"]:
        said.append(" with the loss of data on instance stores")
    if options["force"]:
        said.append(" by force")
    return "".join(said)


def _when(request: Mapping[str, Any], count: int, unavailable: int, last: int) -> str:
    if group := refreshed(request):
        return f"by an instance refresh of {group}"
    batches = "1 batch" if count == 1 else f"{count:,} batches"
    if unavailable:
        return f"in {batches} one after the other, {unavailable:,} at most at a time"
    if last:
        return f"in {batches}, the last after {last:,} s"
    return f"in {batches}"


def refreshed(request: Mapping[str, Any]) -> str:
    """Name the Auto Scaling group that is replaced by its own instance refresh, if any is."""
    group: str = request["targets"].get("auto_scaling_group", "")
    return group if request["action"] == "replace" else ""
