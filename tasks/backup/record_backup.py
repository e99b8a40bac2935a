"""Record what became of a component's backup."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.backups import records
from tasks.runtime import client, setting, task

PERMISSIONS = {**records.WRITES}
NO_MANIFEST = {"manifest_key": "", "manifest_sha256": ""}
LONGEST_CAUSE = 600


@task
def handler(request: Any, context: Any) -> Any:
    row = row_of(
        request["backup"],
        request["component"],
        request["made"],
        request["manifest"],
        request["copies"] or begun_copies(request["wanted"]),
        request["failure"],
        request["now"],
        begun=request["begun"],
    )
    records.write(row, setting("STATE_TABLE"), client("dynamodb"))
    return {name: row[name] for name in ("component", "status", "trouble")}


def begun_copies(wanted: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Say of each copy that is asked for that it may have been begun."""
    return [
        {"region": one["region"], "account": one["account"], "points": [], "state": "copying"}
        for one in wanted
    ]


def row_of(
    backup: Mapping[str, Any],
    component: Mapping[str, Any],
    made: Mapping[str, Any],
    manifest: Mapping[str, str],
    copies: Sequence[Mapping[str, Any]],
    failure: Mapping[str, str],
    now: str,
    begun: bool = False,
) -> records.Row:
    """Give the record: good where it has a manifest, though a copy of it may have failed.

    `failure` is the error that ended the steps, empty for none; `now` is ISO 8601 UTC. `begun`
    is for the record before anything is made, by which what is cut off is found and removed.
    """
    ended = records.GOOD if manifest.get("manifest_key") else records.FAILED
    points = made.get("points", [])
    trouble = f"{failure['Error']}: {failure['Cause']}"[:LONGEST_CAUSE] if failure else ""
    moments = [point["at"] for point in points if point["at"]]
    return {
        "backup": backup["id"],
        "system": backup["system"],
        "environment": backup["environment"],
        "component": component["name"],
        "type": component["type"],
        "resource": component["resource"],
        "kind": backup["kind"],
        "status": records.BEGUN if begun else ended,
        # All of several volumes are as of the first of them at best.
        "at": min(moments, default=backup["started_at"]),
        "made_at": now,
        "points": [dict(point) for point in points],
        **NO_MANIFEST,
        **manifest,
        "copies": [dict(copy) for copy in copies],
        "trouble": trouble,
        "execution": backup["execution"]["id"],
        "target": dict(backup["target"]),
    }
