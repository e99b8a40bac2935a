"""The evidence of a drill as one document, with all that an auditor asks of the record.

SOC 2 A1.3; ISO 22301 8.5 and 8.6; AWS Well-Architected REL09-BP04, REL13-BP03 and -BP04.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.drills import clocks

FORMAT = 1

Values = Mapping[str, Any]


def dossier(
    plan: Values,
    digest: str,
    judgement: Values,
    outcomes: Sequence[Values],
    rows: Sequence[Values],
    approval: Values,
    storage: Values,
    now: str,
) -> dict[str, Any]:
    """Put the evidence together; `digest` is the plan's, `rows` are the ledger's.

    It holds names, counts, hashes and times, and no data.
    """
    drill = plan["drill"]
    return {
        "format": FORMAT,
        "drill": drill["id"],
        "system": drill["system"],
        "scenario": drill["scenario"],
        "verdict": judgement["verdict"],
        "words": judgement["words"],
        "reasons": judgement["reasons"],
        "trigger": {
            "requested_by": drill["requested_by"],
            "reason": plan["request"]["reason"],
            "simulation": plan["request"]["simulation"],
            "execution": drill["execution"],
        },
        "approval": approved(plan, approval),
        "plan": plan,
        "plan_digest": digest,
        "results": result(judgement, plan["objectives"]),
        "components": list(outcomes),
        "trend": judgement["trend"],
        "findings": judgement["findings"],
        "exclusions": exclusions(plan),
        "cleanup": [cleaned(row) for row in rows],
        "usage": usage(plan, rows, now),
        "storage": dict(storage),
        "judged_at": judgement["judged_at"],
        "written_at": now,
    }


def result(judgement: Values, objectives: Values) -> dict[str, Any]:
    """Give targets and actuals side by side."""
    time = "rto_seconds" if judgement["measure"] == clocks.RTO else "restore_seconds"
    return {
        "measure": judgement["measure"],
        "target_seconds": objectives["rto_seconds"],
        "actual_seconds": judgement[time],
        "target_rpo_seconds": objectives["rpo_seconds"],
        "actual_rpo_seconds": judgement["rpo_seconds"],
        "clean": judgement["clean"],
        "kept_until": judgement["kept_until"],
    }


def approved(plan: Values, approval: Values) -> dict[str, Any]:
    """Say who agreed, or that the manifest asks nobody."""
    if approval:
        return {**plan["approval"], **approval}
    return {**plan["approval"], "decided_by": "nobody was asked"}


def exclusions(plan: Values) -> list[dict[str, str]]:
    """List what the drill leaves out, each with its reason."""
    without = [
        {"component": name, "check": "all", "reason": "not part of this run"}
        for name in plan["left_out"]
    ]
    skipped = [
        {"component": one["name"], "check": name, "reason": reason}
        for one in plan["components"]
        for name, reason in one["skipped"].items()
    ]
    return without + skipped


def cleaned(row: Values) -> dict[str, Any]:
    """Give a row of the ledger with the proof that it is gone."""
    named = ("kind", "name", "component", "status", "planned_at", "gone_at", "proof")
    return {**{field: row[field] for field in named}, "region": row["target"]["region"]}


def usage(plan: Values, rows: Sequence[Values], now: str) -> dict[str, Any]:
    """Give what the drill's cost is made of; AWS's price list and the bill have the prices."""
    seconds = [
        clocks.seconds(row["planned_at"], row["gone_at"] or now)
        for row in rows
        if row["status"] != "kept"
    ]
    return {
        "source_bytes": sum(one.get("size_bytes", 0) for one in plan["components"]),
        "copies": len(rows),
        "copy_hours": round(sum(seconds) / 3600, 2),
        "billed_by": f"tag daytwo:drill = {plan['drill']['id']}",
    }
