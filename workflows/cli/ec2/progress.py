"""How an EC2 operation is followed: batch by batch, and how it ended."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks import store
from tasks.fleets import outcomes
from workflows.cli.children import Children
from workflows.cli.ec2.batches import Batch, Batches, Result
from workflows.cli.history import ABORTED, FAILED, RUNNING, SUCCEEDED, Entry
from workflows.cli.session import Session
from workflows.cli.stories import Outcome, Story, asked_of

# Of the batches that are at work, and of those that wait, so many are shown.
MOST_AT_WORK, MOST_WAITING = 12, 2
BAR = 24


@dataclass(frozen=True)
class OperationOutcome(Outcome):
    """How an operation ended, with what became of its instances."""

    operation: str
    report: dict[str, Any]


class OperationStory(Story):
    """An operation that is followed; the batches stand below the state that acts on them."""

    def __init__(self, execution: str, session: Session) -> None:
        super().__init__(execution, session)
        self.operation = execution.rpartition(":")[2]
        self.batches = Batches(self.operation, session)
        self._ended: dict[int, Entry] = {}
        self._children = Children(execution, session, _number)

    @property
    def entries(self) -> list[Entry]:
        """The states, and below the one that acts on the batches those that ended or work."""
        entries = []
        for entry in self.history.entries:
            entries.append(entry)
            if entry.kind == "Map":
                entries += [*self._ended.values(), *self._unfinished(entry)]
        return entries

    def poll(self) -> None:
        """Read what has happened, and which batches were recorded."""
        super().poll()
        acting = next((entry for entry in self.history.entries if entry.kind == "Map"), None)
        if acting is None or (acting.ended and self._all_told()):
            return
        self.batches.poll()
        for batch in self.batches.planned:
            result = self.batches.results.get(batch.number)
            if result and batch.number not in self._ended:
                self._ended[batch.number] = self._end(batch, result, acting)
        acting.detail = self._sum()
        if self.closely and acting.outcome == RUNNING:
            self._children.look()

    def waiting(self, entry: Entry) -> str:
        """Say what a running state waits for; how far the batches are, where it acts on them."""
        if entry.kind == "Map" and self.batches.record:
            return self._bar()
        return super().waiting(entry)

    def outcome(self, described: dict[str, Any]) -> OperationOutcome:
        """Say how the operation ended, with its report."""
        ended = super().outcome(described)
        return OperationOutcome(
            **ended.__dict__, operation=self.operation, report=report(described) or self._counts()
        )

    def succeeded(self, described: dict[str, Any]) -> str:
        """Say what was done, or at which other end it came."""
        words = report(described).get("words")
        return f"Succeeded: {words}" if words else super().succeeded(described)

    def advice(self, described: dict[str, Any]) -> list[str]:
        """Say what to do next, after each kind of end."""
        operation, error = self.operation, described.get("error") or described["status"]
        lines = {
            "SUCCEEDED": [],
            "FailedClean": ["Every instance is as before. Mend the cause and start it again."],
            "Incomplete": ["What failed, and what was not touched, is as it was before."],
            "FailedDirty": [
                "Put right what may be other than before (docs/at-night.md), then do the rest: "
                f"daytwo ec2 resume {operation}, or let go: daytwo ec2 release {operation} "
                "--reason ..."
            ],
        }.get(error, ["The janitor now settles what was begun. What it keeps: daytwo ec2 list"])
        if self.batches.record:
            trail = f"daytwo audit --operation {operation}"
            failed = self.batches.total(outcomes.FAILED)
            which = (
                f"What failed: {trail} --outcome failed" if failed else f"Each instance: {trail}"
            )
            lines = [*lines, which]
        return [*lines, *self._kept_before(described)]

    def _kept_before(self, described: dict[str, Any]) -> list[str]:
        """Say whether the operation that was resumed keeps instances although all is done."""
        resumed = asked_of(described).get("resume", "")
        claim = self.session.state.get(store.instance_claim(resumed)) if resumed else None
        if claim is None or described["status"] != "SUCCEEDED":
            return []
        number = len(claim["instances"])
        return [f"{resumed} keeps {number:,} claimed: daytwo ec2 release {resumed} --reason ..."]

    def _all_told(self) -> bool:
        return len(self._ended) == len(self.batches.planned)

    def _end(self, batch: Batch, result: Result, acting: Entry) -> Entry:
        entry = self._entry(batch, acting)
        entry.detail = result.words()
        lost = result.counts[outcomes.FAILED] or result.counts[outcomes.INTERRUPTED]
        untouched = result.counts[outcomes.NOT_TOUCHED]
        entry.ending = "" if lost or not untouched else "left alone"
        how = FAILED if lost else ABORTED if untouched else SUCCEEDED
        entry.end(max(datetime.fromisoformat(result.recorded_at), entry.started), how)
        return entry

    def _entry(self, batch: Batch, acting: Entry) -> Entry:
        number = f"{batch.number} of {len(self.batches.planned)}"
        what = f"Batch {number}, {batch.size} {batch.kind} in {batch.zone}"
        return Entry(what, "Batch", self._began(batch, acting), acting, None)

    def _began(self, batch: Batch, acting: Entry) -> datetime:
        """Tell when a batch's turn came or comes."""
        before = self._ended.get(batch.number - 1)
        if self.batches.one_by_one and before and before.ended:
            return before.ended
        return acting.started + timedelta(seconds=batch.wait_seconds / self.session.clock)

    def _unfinished(self, acting: Entry) -> list[Entry]:
        """Give the batches at work and the next ones, as long as any are acted on."""
        if acting.outcome != RUNNING:
            return []
        left = [batch for batch in self.batches.planned if batch.number not in self._ended]
        now = datetime.now(UTC)
        if self.batches.one_by_one:
            at_work, waiting = left[:1], []
        else:
            at_work = [batch for batch in left if self._began(batch, acting) <= now]
            waiting = left[len(at_work) :]
        return [
            *(self._at_work(batch, acting) for batch in at_work[:MOST_AT_WORK]),
            *(self._waiting(batch, acting) for batch in waiting[:MOST_WAITING]),
        ]

    def _at_work(self, batch: Batch, acting: Entry) -> Entry:
        entry = self._entry(batch, acting)
        entry.detail = self._children.states.get(batch.number, "")
        return entry

    def _waiting(self, batch: Batch, acting: Entry) -> Entry:
        entry = self._entry(batch, acting)
        entry.detail = f"its turn comes at {entry.started.astimezone(UTC):%H:%M:%SZ}"
        return entry

    def _bar(self) -> str:
        size = self.batches.record["to_act"]
        done = sum(result.size for result in self.batches.results.values())
        filled = BAR * done // max(size, 1)
        allowed = self.batches.record["max_errors"]
        failed = self.batches.total(outcomes.FAILED)
        lost = f", {failed:,} failed ({allowed:,} may)" if failed else ""
        return (
            f"{'━' * filled}{'─' * (BAR - filled)} {done:,} of {size:,} instances, "
            f"{len(self._ended):,} of {len(self.batches.planned):,} batches{lost}"
        )

    def _sum(self) -> str:
        told = [
            f"{number:,} {name.replace('_', ' ')}"
            for name, number in self._counts().items()
            if number
        ]
        return ", ".join(told)

    def _counts(self) -> dict[str, int]:
        if not self.batches.results:
            return {}
        return {name: self.batches.total(name) for name in outcomes.OUTCOMES}


def _number(document: dict[str, Any]) -> int:
    number: int = document["batch"]["number"]
    return number


def report(described: dict[str, Any]) -> dict[str, Any]:
    """Read the report out of a successful execution's output, if it has one."""
    try:
        found = json.loads(described.get("output") or "{}").get("report")
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}
