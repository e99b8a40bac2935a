"""Read a segment of a table, and leave its checksums and a hash of each item in the evidence."""

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any

from tasks.drills import standing
from tasks.errors import Throttled
from tasks.integrities import cursors, documents, moments, sums
from tasks.integrities.cursors import Cursors
from tasks.integrities.documents import Store
from tasks.runtime import client, raising, setting, task
from tasks.tables import places

PERMISSIONS = places.merged(
    standing.PERMISSIONS,
    cursors.PERMISSIONS,
    documents.READS,
    documents.WRITES,
    {"dynamodb:Scan": places.BOTH},
)
TIMEOUT = 600
# Lambda gives a function one whole core from 1,769 MB on.
MEMORY = 1769

# Time that is left for writing down what was read.
SPARE_MILLISECONDS = 60_000
# A page is tens of thousands of objects without a cycle among them: looking for garbage at
# Python's own pace takes a sixth of the time.
COLLECT_AFTER = 50_000


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    if request["drill"]:
        standing.ask(request["drill"])
    digest, dynamodb = request["digest"], client("dynamodb")
    segment = Segment(
        digest,
        request["segment"],
        Store(setting("EVIDENCE_BUCKET"), client("s3")),
        Cursors(setting("STATE_TABLE"), dynamodb),
    )
    return segment.read(
        client("dynamodb", digest["target"]),
        moments.epoch(request["now"]),
        lambda: context.get_remaining_time_in_millis() > SPARE_MILLISECONDS,
    )


@contextlib.contextmanager
def rare_collections() -> Iterator[None]:
    """Let Python look for garbage less often for a while."""
    first, *others = gc.get_threshold()
    gc.set_threshold(max(first, COLLECT_AFTER), *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)


class Segment:
    """One segment of a table, read on from where the last call ended."""

    def __init__(
        self, digest: dict[str, Any], number: int, store: Store, saved: Cursors, full: int = 0
    ) -> None:
        self.digest, self.number = digest, number
        self.store, self.saved = store, saved
        self.full = full or sums.FULL

    def read(self, dynamodb: Any, now: float, has_time: Callable[[], bool]) -> dict[str, Any]:
        """Read until the end or until the time is up; done when the segment's file is written.

        `now` is in seconds since 1970. A call that is delivered again reads the same again and
        writes over what is there. Raises Throttled after saving how far it came.
        """
        finished = documents.read_segment(self.digest, self.number, self.store)
        if finished is not None:
            self.saved.forget(self.digest["folder"], self.number)
            return answer(True, finished["totals"])
        cursor = self.saved.read(self.digest["folder"], self.number) or {}
        counted = sums.Digest(self.digest, cursor.get("totals"))
        runs, start = list(cursor.get("runs", [])), cursor.get("start")
        with rare_collections():
            return self.go_on(counted, runs, start, dynamodb, now, has_time)

    def go_on(
        self,
        counted: sums.Digest,
        runs: list[dict[str, Any]],
        start: Any,
        dynamodb: Any,
        now: float,
        has_time: Callable[[], bool],
    ) -> dict[str, Any]:
        """Read pages from `start` on."""
        while True:
            try:
                page = self.scan(start, dynamodb)
            except Throttled:
                self.save(counted, runs, start, now)
                raise
            counted.add(page["Items"])
            start = page.get("LastEvaluatedKey")
            if start is None:
                return self.finish(counted, runs)
            if counted.kept >= self.full:
                self.write_run(counted, runs)
            if not has_time():
                self.save(counted, runs, start, now)
                return answer(False, counted.totals())

    def scan(self, start: Any, dynamodb: Any) -> dict[str, Any]:
        more = {"ExclusiveStartKey": start} if start else {}
        with raising({}, f"table {self.digest['table']}"):
            return dict(
                dynamodb.scan(
                    TableName=self.digest["table"],
                    Segment=self.number,
                    TotalSegments=self.digest["segments"],
                    ConsistentRead=self.digest["consistent"],
                    **more,
                )
            )

    def write_run(self, counted: sums.Digest, runs: list[dict[str, Any]]) -> None:
        """Write the rows that are in memory, if there are any."""
        if not counted.kept:
            return
        content, counts = counted.take_rows()
        key = documents.run_key(self.digest, self.number, len(runs))
        self.store.write(key, content)
        runs.append({"key": key, "counts": counts})

    def save(
        self, counted: sums.Digest, runs: list[dict[str, Any]], start: Any, now: float
    ) -> None:
        self.write_run(counted, runs)
        cursor = {"start": start, "totals": counted.totals(), "runs": runs}
        self.saved.save(self.digest["folder"], self.number, cursor, now)

    def finish(self, counted: sums.Digest, runs: list[dict[str, Any]]) -> dict[str, Any]:
        self.write_run(counted, runs)
        found: dict[str, Any] = {"totals": counted.totals(), "runs": runs}
        documents.write_segment(self.digest, self.number, found, self.store)
        self.saved.forget(self.digest["folder"], self.number)
        return answer(True, found["totals"])


def answer(done: bool, totals: dict[str, Any]) -> dict[str, Any]:
    """Say how far it is."""
    items = sum(totals["counts"]) + totals["later"]
    return {"done": done, "state": f"{items:,} items read", "items": items}
