"""Verdicts: what is not known to be good is never green."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PASS = "PASS"  # noqa: S105
FAIL = "FAIL"
ERROR = "ERROR"
SKIPPED = "SKIPPED"
# What is bad stays known, whatever else broke; what broke is never good.
WORST_FIRST = (FAIL, ERROR, PASS)

Check = dict[str, Any]


def joined(verdicts: Iterable[str]) -> str:
    """Join verdicts: FAIL over ERROR over PASS; nothing, or nothing but SKIPPED, is an ERROR."""
    found = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in found), ERROR)


def settled(checks: Sequence[Check], skipped: Mapping[str, str]) -> list[Check]:
    """Skip what the plan left out, and let nothing else be skipped.

    `skipped` has the reason by the check's name.
    """
    return [_settled(check, skipped) for check in checks]


def reasons(checks: Iterable[Check]) -> list[str]:
    """Say of each check that is not green what it expected and saw."""
    return [
        f"{check['name']} {'failed' if check['verdict'] == FAIL else 'broke'}: expected "
        f"{check['expected']}, observed {check['observed']}"
        + (f" ({check['detail']})" if check.get("detail") else "")
        for check in checks
        if check["verdict"] in (FAIL, ERROR)
    ]


def check(name: str, verdict: str, expected: str, observed: str, detail: str = "") -> Check:
    """Make a check in the form that all have."""
    return {
        "name": name[:128],
        "verdict": verdict,
        "expected": expected[:300],
        "observed": observed[:300],
        "tolerance": "none",
        "detail": detail[:600],
    }


def _settled(check: Check, skipped: Mapping[str, str]) -> Check:
    if check["name"] in skipped:
        return {**check, "verdict": SKIPPED, "detail": skipped[check["name"]]}
    if check["verdict"] == SKIPPED:
        return {
            **check,
            "verdict": ERROR,
            "detail": f"Skipped, and the plan did not say so. {check.get('detail', '')}".strip(),
        }
    return check
