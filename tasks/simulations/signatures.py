"""The sign-offs of a simulation, as the teams' approvals tell them."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import records
from tasks.simulations import folders

SIGNED = "signed"
REJECTED = "rejected"
MISSING = "missing"
STATES = {"approved": SIGNED, "rejected": REJECTED}

Values = Mapping[str, Any]


def of_all(whole: Values, digest: str, table: str, dynamodb: Any) -> list[dict[str, Any]]:
    """Give the sign-off of each team; one about other results than those is missing."""
    execution = whole["simulation"]["execution"]["id"]
    found = []
    for team in whole["teams"]:
        key = folders.sign_off_key(execution, team["name"])
        found.append(sign_off(team, records.read(key, table, dynamodb), digest))
    return found


def sign_off(team: Values, approval: Values, digest: str) -> dict[str, Any]:
    """Read a team's sign-off out of its approval, {} where it was never asked."""
    about = approval.get("digest") == digest
    state = STATES.get(approval.get("status", ""), MISSING) if about else MISSING
    decided = state != MISSING
    return {
        "team": team["name"],
        "role": team["role"],
        "state": state,
        "overdue": bool(approval.get("overdue", False)),
        "who": approval["decided_by"] if decided else "",
        "when": approval["decided_at"] if decided else "",
        "reason": approval.get("decision_reason", "") if decided else "",
        "due_at": approval.get("due_at", ""),
        "asked": bool(approval),
    }


def words(one: Values) -> str:
    """Say a sign-off in a sentence."""
    if one["state"] == MISSING:
        how = f"was due at {one['due_at']}" if one["asked"] else "was never asked for"
        return f"The sign-off of {one['team']} is missing: it {how}"
    late = ", which was overdue" if one["overdue"] else ""
    reason = f": {one['reason']}" if one["reason"] else ""
    return f"{one['team']} {one['state']} it by {one['who']} at {one['when']}{late}{reason}"
