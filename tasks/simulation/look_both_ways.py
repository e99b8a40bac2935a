"""Look both ways before a scenario: alarms, promotions, drills, and what earlier ones left."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import papers
from tasks.drills.verdicts import PASS
from tasks.runtime import client, setting, task
from tasks.simulations import folders, looks

PERMISSIONS = {**looks.PERMISSIONS, **folders.READS, **folders.WRITES}
TIMEOUT = 60

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return look(
        request,
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        clients=client,
    )


def look(asked: Values, table: str, bucket: str, clients: looks.Clients) -> dict[str, Any]:
    """Tell whether the scenario may begin, and keep each check for the report."""
    plan, name, s3 = asked["plan"], asked["scenario"], clients("s3")
    whole = papers.get(plan["plan_key"], bucket, s3, plan["digest"])
    scenario = next(one for one in whole["scenarios"] if one["name"] == name)
    checks = looks.checks(scenario, whole, table, clients)
    against = [check for check in checks if check["verdict"] != PASS]
    seen = {
        "scenario": name,
        "at": asked["now"],
        "announced_at": asked["announced_at"],
        "untold": looks.said(asked["untold"]),
        "safe": not against,
        "checks": checks,
    }
    key = folders.key(plan["simulation"]["id"], name, "look.json")
    papers.put(key, seen, bucket, s3)
    words = "; ".join(f"{check['name']}: {check['observed']}" for check in against)
    return {"safe": not against, "key": key, "words": words[:1500]}
