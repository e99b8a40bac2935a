"""An ended execution told in a few lines: what took time, what was decided, what failed."""

from datetime import datetime
from typing import TextIO

from workflows.cli.history import FAILED
from workflows.cli.text import clean, duration
from workflows.cli.watch import Outcome

TOLD_KINDS = {"Task", "Map", "Parallel", "Fail"}
# Inside a Map, only what changed something or went wrong is told.
TOLD_INSIDE = ("Shift the alias", "Restore the alias")
MARK = {"succeeded": "ok", "failed": "FAILED", "aborted": "stopped", "running": "..."}


def tell(outcome: Outcome, stream: TextIO) -> None:
    """Write an outcome and its timeline as plain lines, seconds since the execution's start."""
    lines = [f"  {clean(outcome.words)}"]
    begun = _seconds(outcome.timeline[0]["at"]) if outcome.timeline else 0.0
    for entry in outcome.timeline:
        if entry["kind"] not in TOLD_KINDS:
            continue
        if entry["depth"] and entry["state"] not in TOLD_INSIDE and entry["outcome"] != FAILED:
            continue
        at = _seconds(entry["at"]) - begun
        indent = "  " * entry["depth"]
        detail = f"  {clean(entry['detail'])}" if entry["detail"] else ""
        lines.append(
            f"    +{at:5.1f} s  {duration(entry['seconds']):>8}  {MARK[entry['outcome']]:7} "
            f"{indent}{clean(entry['state'])}{detail[:120]}"
        )
    stream.write("\n".join(lines) + "\n")
    stream.flush()


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
