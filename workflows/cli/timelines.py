"""An ended execution told in a few lines: what took time, what was decided, what failed."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO

from workflows.cli.history import FAILED
from workflows.cli.stories import Outcome
from workflows.cli.text import clean, duration

TOLD_KINDS = {"Task", "Map", "Parallel", "Fail"}
# Inside a Map, only the steps of the shift and what went wrong are told.
STEP = re.compile(r": (\d+ %) to version")
QUICK_SECONDS = 0.5
LONGEST_LINE, LONGEST_DETAIL = 84, 110
MARK = {"succeeded": "ok", "failed": "FAILED", "aborted": "stopped", "running": "..."}

Entry = dict[str, Any]


def tell(outcome: Outcome, stream: TextIO) -> None:
    """Write an outcome and its timeline as plain lines, seconds since the execution's start.

    States that follow one another quickly and have nothing to say share a line.
    """
    lines = [f"  {clean(outcome.words)}"]
    told = list(_told(outcome.timeline))
    begun = _begun(outcome.timeline[0]) if outcome.timeline else 0.0
    for group in _grouped(told):
        at = _begun(group[0]) - begun
        took = _begun(group[-1]) + group[-1]["seconds"] - _begun(group[0])
        words = ", ".join(entry["state"] for entry in group)
        indent = "  " if group[0]["depth"] else ""
        detail = f"  {clean(group[0]['detail'])[:LONGEST_DETAIL]}" if group[0]["detail"] else ""
        lines.append(
            f"    +{at:5.1f} s {duration(took):>8}  {MARK[group[0]['outcome']]:7} "
            f"{indent}{clean(words)}{detail}"
        )
    stream.write("\n".join(lines) + "\n")
    stream.flush()


def _told(timeline: list[Entry]) -> Iterator[Entry]:
    steps: set[str] = set()
    for entry in timeline:
        if entry["depth"] and entry["outcome"] != FAILED:
            step = STEP.search(entry["detail"])
            if step and step[1] not in steps:
                steps.add(step[1])
                yield {**entry, "detail": f"{step[1]} of the traffic"}
        elif entry["kind"] in TOLD_KINDS:
            yield entry


def _grouped(entries: list[Entry]) -> Iterator[list[Entry]]:
    group: list[Entry] = []
    for entry in entries:
        length = sum(len(other["state"]) + 2 for other in [*group, entry])
        if group and not (_plain(group[-1]) and _plain(entry) and length <= LONGEST_LINE):
            yield group
            group = []
        group = [*group, entry]
    if group:
        yield group


def _plain(entry: Entry) -> bool:
    return (
        entry["outcome"] == "succeeded"
        and not entry["detail"]
        and not entry["depth"]
        and entry["seconds"] < QUICK_SECONDS
    )


def _begun(entry: Entry) -> float:
    return datetime.fromisoformat(entry["at"]).timestamp()
