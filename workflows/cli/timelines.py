"""An ended execution told in a few lines: what took time, what was decided, what failed."""

import re
from datetime import datetime
from typing import TextIO

from workflows.cli.history import FAILED
from workflows.cli.text import clean, duration
from workflows.cli.watch import Outcome

TOLD_KINDS = {"Task", "Map", "Parallel", "Fail"}
# Inside a Map, only the steps of the shift and what went wrong are told.
STEP = re.compile(r": (\d+ %) to version")
LONGEST_DETAIL = 120
MARK = {"succeeded": "ok", "failed": "FAILED", "aborted": "stopped", "running": "..."}


def tell(outcome: Outcome, stream: TextIO) -> None:
    """Write an outcome and its timeline as plain lines, seconds since the execution's start."""
    lines = [f"  {clean(outcome.words)}"]
    begun = _seconds(outcome.timeline[0]["at"]) if outcome.timeline else 0.0
    steps: set[str] = set()
    for entry in outcome.timeline:
        detail = entry["detail"]
        if entry["depth"] and entry["outcome"] != FAILED:
            step = STEP.search(detail)
            if not step or step[1] in steps:
                continue
            steps.add(step[1])
            detail = f"{step[1]} of the traffic"
        elif entry["kind"] not in TOLD_KINDS:
            continue
        at = _seconds(entry["at"]) - begun
        state = clean("  " * min(entry["depth"], 1) + entry["state"])
        words = f"  {clean(detail)}" if detail else ""
        lines.append(
            f"    +{at:5.1f} s  {duration(entry['seconds']):>8}  {MARK[entry['outcome']]:7} "
            f"{state}{words[:LONGEST_DETAIL]}"
        )
    stream.write("\n".join(lines) + "\n")
    stream.flush()


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
