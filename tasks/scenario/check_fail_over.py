"""Look whether another instance or zone takes a database's writes, at the address of before."""

from typing import Any

from tasks.databases import failing_over, kinds
from tasks.databases.kinds import AVAILABLE, CLUSTER
from tasks.drills import checks, standing
from tasks.drills.clocks import seconds
from tasks.drills.verdicts import Check
from tasks.runtime import client, task

PERMISSIONS = {**standing.PERMISSIONS, **kinds.LOOKS}
# How long a failover is waited for where the scenario does not say, in seconds.
MOST_SECONDS = 14_400


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    return check(request, client("rds", drill["target"]["target"]))


def check(request: dict[str, Any], rds: Any) -> dict[str, Any]:
    """Look how far the failover is, and check it when it is over or was waited for too long.

    It is over when the new writer takes connections; the one that was left comes back as the
    next standby meanwhile. No committed record is lost: a standby is written synchronously,
    and a cluster's instances share their storage (RDS User Guide, "Multi-AZ DB instance
    deployments"; Aurora User Guide, "High availability for Amazon Aurora").
    """
    component, before = request["component"], request["before"]
    seen = failing_over.look(kinds.of(component), component["resource"], rds)
    moved = failing_over.moved(before, seen)
    serving = moved and seen["serving"]
    most = component["options"].get("most_seconds", MOST_SECONDS)
    late = seconds(before["asked_at"], request["now"]) >= most
    return {
        "done": serving or late,
        "state": f"{seen['status']}; {seen['writer'] or 'nobody'} serves in {seen['zone']}",
        "moved": moved,
        "serving": serving,
        "checks": judged(before, seen, moved) if serving or late else [],
        "newest_record": before["asked_at"] if serving else "",
    }


def judged(before: dict[str, Any], seen: failing_over.Seen, moved: bool) -> list[Check]:
    """Check who serves, and that callers need not know of it."""
    field = "writer" if before["kind"] == CLUSTER.name else "zone"
    return [
        checks.holds(field, moved, f"another than {before[field]}", seen[field] or "none"),
        checks.equal("status", AVAILABLE, seen["status"]),
        checks.holds("serving", seen["serving"], "takes connections", _yes(seen["serving"])),
        checks.equal("endpoint", before["endpoint"], seen["endpoint"]),
        checks.holds("standby", seen["next"], "somebody to take over next", _yes(seen["next"])),
    ]


def _yes(good: bool) -> str:
    return "yes" if good else "no"
