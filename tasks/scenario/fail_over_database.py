"""Fail a database over to its standby: what a lost zone does to it, by RDS's own means."""

from typing import Any

from tasks.databases import failing_over, kinds
from tasks.databases.kinds import AVAILABLE, CLUSTER
from tasks.drills import folders, notes, standing
from tasks.drills.folders import Folder
from tasks.errors import DrillRefused, TaskError, Unavailable
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **kinds.LOOKS,
    **folders.READS,
    **folders.WRITES,
    "rds:RebootDBInstance": kinds.SOURCES,
    "rds:FailoverDBCluster": kinds.SOURCES,
}
# Busy since the look a moment ago: the next delivery looks again.
ERRORS: dict[str, type[TaskError]] = {
    "InvalidDBInstanceState": Unavailable,
    "InvalidDBClusterStateFault": Unavailable,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    return fail_over(
        component,
        request["now"],
        client("rds", drill["target"]["target"]),
        Folder(drill, component["name"], setting("EVIDENCE_BUCKET"), client("s3")),
    )


def fail_over(component: dict[str, Any], now: str, rds: Any, folder: Folder) -> dict[str, Any]:
    """Ask for the failover once, after keeping how the database stood before.

    Asked again, it looks: only where nothing has changed yet was the first call lost, and is
    made again. Raises DrillRefused where nobody could take over.
    """
    kind, name = kinds.of(component), component["resource"]
    seen = failing_over.look(kind, name, rds)
    before = folder.read("before.json")
    if before is None:
        check_ready(seen)
        document = {**seen, "asked_at": now}
        before = notes.first(folder.key("before.json"), document, folder.bucket, folder.s3)
    if seen["status"] == AVAILABLE and not failing_over.moved(before, seen):
        with raising(ERRORS, f"{kind.words} {name}"):
            if kind is CLUSTER:
                rds.failover_db_cluster(DBClusterIdentifier=name)
            else:
                rds.reboot_db_instance(DBInstanceIdentifier=name, ForceFailover=True)
    kept = ("kind", "name", "writer", "zone", "endpoint", "asked_at")
    return {
        "done": True,
        "state": f"asked; before, {before['writer']} served in {before['zone']}",
        "t0": before["asked_at"],
        "before": {field: before[field] for field in kept},
    }


def check_ready(seen: failing_over.Seen) -> None:
    """Raise DrillRefused unless the database serves and somebody can take over."""
    name = seen["name"]
    if not seen["serving"]:
        raise DrillRefused(f"{name} is in status {seen['status']}: wait until it is available")
    if not seen["standby"]:
        mend = "add a reader" if seen["kind"] == CLUSTER.name else "switch Multi-AZ on"
        raise DrillRefused(f"{name} has no standby that could take over: {mend} first")
