"""Plan the digest of a table or of its copy: its segments, and what they are compared by."""

from typing import Any

from tasks.integrities import documents, planning
from tasks.integrities.documents import Store
from tasks.runtime import client, setting, task
from tasks.tables import places

PERMISSIONS = places.merged(
    documents.READS,
    {"dynamodb:DescribeTable": places.BOTH, "dynamodb:DescribeTimeToLive": places.BOTH},
    places.ASSUME,
)


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    store = Store(setting("EVIDENCE_BUCKET"), client("s3"))
    return plan(request, client, store)


def plan(request: dict[str, Any], clients: Any, store: Store) -> dict[str, Any]:
    """Plan the digest that `name` stands for.

    The reference of a restore is the backup's manifest where it has one: then there is nothing
    to read. Raises NothingToRestore where the table or the manifest is gone, and NotACopy.
    """
    name, component = request["name"], request["component"]
    drill, backup = request["drill"], request["backup"]
    if name == planning.REFERENCE:
        found = planning.from_manifest(component, store)
        if found:
            return {"digest": found, "segments": [], "again": False}
    target = place_of(name, drill, backup)
    cut_off = request["cut_off"] or component["recovery_point"]["at"]
    found = planning.plan(
        name,
        component,
        target,
        planning.folder(name, component, drill, backup),
        cut_off,
        clients("dynamodb", target),
    )
    again = name == planning.COPY and not planning.is_known(component, cut_off)
    return {"digest": found, "segments": list(range(found["segments"])), "again": again}


def place_of(name: str, drill: dict[str, Any], backup: dict[str, Any]) -> dict[str, Any]:
    """Give the Region and role by which the table is reached."""
    if backup:
        return dict(backup["target"])
    return dict(drill["source" if name in planning.SOURCES else "target"]["target"])
