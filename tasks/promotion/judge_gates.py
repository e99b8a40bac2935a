"""Let a release pass only if each gate says yes, and say in words why not."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.errors import GateFailed, TaskError
from tasks.runtime import task

PERMISSIONS: dict[str, str] = {}
ERRORS: dict[str, type[TaskError]] = {}

MOST_FINDINGS = 10
LONGEST_FINDING = 300
CUT = re.compile(r"and (\d+) more")


@task
def handler(request: Any, context: Any) -> Any:
    return judge(request["verdicts"], request["release"])


def judge(verdicts: Sequence[Mapping[str, Any]], release: str) -> dict[str, bool]:
    """Pass, or raise GateFailed with the findings of each gate, the first ten of each."""
    refusing = [verdict for verdict in verdicts if not verdict["passed"]]
    if not refusing:
        return {"passed": True}
    reasons = [f"{name(verdict['gate'])}: {told(verdict['findings'])}" for verdict in refusing]
    raise GateFailed(
        f"Release {release} does not pass {len(refusing)} of {len(verdicts)} gates. "
        f"{'. '.join(reasons)}. Correct what was found and publish a new version."
    )


def name(gate: str) -> str:
    """Write a gate's name as a word that begins a sentence."""
    return gate.replace("_", " ").capitalize()


def told(findings: Sequence[str]) -> str:
    """Join a gate's findings, each cut to a readable length."""
    if not findings:
        return "it said no without a finding"
    cut = CUT.fullmatch(findings[-1])  # a gate that found many says itself how many it left out
    listed = findings[:-1] if cut else findings
    words = [shortened(finding.rstrip(".")) for finding in listed[:MOST_FINDINGS]]
    more = max(0, len(listed) - MOST_FINDINGS) + (int(cut[1]) if cut else 0)
    return "; ".join(words) + (f"; and {more} more" if more > 0 else "")


def shortened(finding: str) -> str:
    """Cut a finding where it is longer than a person reads."""
    if len(finding) <= LONGEST_FINDING:
        return finding
    return f"{finding[: LONGEST_FINDING - 2]} …"
