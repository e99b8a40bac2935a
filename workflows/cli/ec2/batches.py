"""The batches of an operation: what each of them is, and what became of it."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tasks import store
from tasks.fleets import outcomes
from workflows.cli.session import Session

FIELDS = ("number", "instances", *outcomes.OUTCOMES, "failures", "cause", "recorded_at")


@dataclass(frozen=True)
class Batch:
    """A batch as it was planned: its number from 1, and when its turn comes, in seconds."""

    number: int
    size: int
    kind: str
    zone: str
    wait_seconds: int


@dataclass(frozen=True)
class Result:
    """What became of a batch's instances, as it was recorded."""

    number: int
    counts: dict[str, int]
    errors: Counter[str]
    cause: str
    recorded_at: str

    @property
    def size(self) -> int:
        """How many instances it has."""
        return sum(self.counts.values())

    def words(self) -> str:
        """Say it: `96 succeeded, 3 failed (3 InsufficientInstanceCapacity)`."""
        told = [
            f"{number:,} {name.replace('_', ' ')}" for name, number in self.counts.items() if number
        ]
        if self.errors:
            named = (f"{number} {error}" for error, number in self.errors.most_common(3))
            told.append(f"({', '.join(named)})")
        said = ", ".join(told).replace(", (", " (")
        return f"{said}: {self.cause}" if self.cause else said


class Batches:
    """Reads an operation's batches: once what was planned, each time what is newly recorded."""

    def __init__(self, operation: str, session: Session) -> None:
        self.operation = operation
        self.results: dict[int, Result] = {}
        self._session = session
        self._record: dict[str, Any] = {}
        self._planned: list[Batch] = []

    @property
    def record(self) -> dict[str, Any]:
        """The operation's record; empty until its instances are claimed."""
        if not self._record:
            self._record = self._session.state.get(store.operation(self.operation)) or {}
        return self._record

    @property
    def planned(self) -> list[Batch]:
        """The batches in their order; none until the instances are claimed."""
        if not self._planned and self.record:
            reply = self._session.client("s3").get_object(
                Bucket=self._session.output("EvidenceBucketName"), Key=self.record["batches_key"]
            )
            self._planned = [planned(batch) for batch in json.load(reply["Body"])]
        return self._planned

    @property
    def one_by_one(self) -> bool:
        """Whether a batch waits for the one before."""
        return bool(self.record and json.loads(self.record["plan"])["at_once"] == 1)

    def poll(self) -> None:
        """Read the results that were recorded since the last time."""
        for record in self._session.state.partition(
            store.batch(self.operation, 0)["pk"],
            after=store.batch(self.operation, self._complete())["sk"],
            fields=FIELDS,
        ):
            self.results[record["number"]] = result(record)

    def total(self, outcome: str) -> int:
        """Tell of how many instances an outcome is recorded."""
        return sum(result.counts[outcome] for result in self.results.values())

    def _complete(self) -> int:
        """Tell up to which number every batch is recorded, so that these are not read again."""
        number = 0
        while number + 1 in self.results:
            number += 1
        return number


def planned(batch: dict[str, Any]) -> Batch:
    """Keep of a batch what is shown."""
    return Batch(
        number=batch["number"],
        size=len(batch["instances"]),
        kind=batch["type"],
        zone=batch["zone"],
        wait_seconds=batch["wait_seconds"],
    )


def result(record: dict[str, Any]) -> Result:
    """Read what became of a batch out of its record."""
    return Result(
        number=record["number"],
        counts={name: record[name] for name in outcomes.OUTCOMES},
        errors=Counter(failure["error"] for failure in json.loads(record["failures"])),
        cause=record["cause"],
        recorded_at=record["recorded_at"],
    )
