"""Compare the copies of volumes with the snapshots and volumes that they stand for."""

from typing import Any

from tasks.drills import checks, standing
from tasks.drills.copies import elsewhere
from tasks.drills.verdicts import Check
from tasks.runtime import client, raising, task
from tasks.servers import points, volumes

PERMISSIONS = {
    **standing.PERMISSIONS,
    "ec2:DescribeSnapshots": "*",
    "ec2:DescribeVolumes": "*",
}
TIMEOUT = 120


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    return check(
        request,
        client("ec2", drill["source"]["target"]),
        client("ec2", drill["target"]["target"]),
    )


def check(request: dict[str, Any], source_ec2: Any, ec2: Any) -> dict[str, Any]:
    """Look at the copies themselves; each check is about all of them and names those that fail."""
    component, drill = request["component"], request["drill"]
    told = request["copy"]["volumes"]
    found = volumes.made(drill["id"], ec2)
    sources = volumes.selected(component["config"]["tags"], source_ec2)
    snapshots = described([one["snapshot"] for one in told], ec2)
    pairs = [(one, found.get(one["copy"], {}), snapshots.get(one["snapshot"], {})) for one in told]
    near = not elsewhere(drill)
    return {
        "checks": [
            checks.holds("volumes", bool(told), "one or more", str(len(told))),
            covered(sources, told),
            each("status", pairs, lambda one, copy, _: copy.get("State") == "available"),
            each("snapshot", pairs, lambda one, copy, _: copy.get("SnapshotId") == one["snapshot"]),
            each("size", pairs, lambda _, copy, of: copy.get("Size", 0) >= of["VolumeSize"]),
            each("encryption", pairs, lambda _, copy, of: same_key(copy, of, near)),
            each("type and speed", pairs, lambda one, copy, _: as_source(one, copy, sources)),
        ],
        "newest_record": points.oldest(told),
    }


def covered(sources: dict[str, volumes.Volume], told: list[dict[str, str]]) -> Check:
    """Check that no volume of the component is without a copy."""
    missing = sorted(sources.keys() - {one["source"] for one in told})
    return checks.holds(
        "coverage",
        not missing,
        f"a copy of each of {len(sources)}",
        f"{len(missing)} without",
        ", ".join(missing[: points.NAMED]),
    )


def each(name: str, pairs: list[tuple[Any, Any, Any]], good: Any) -> Check:
    """Check something of every copy; the detail names those of which it is not so."""
    bad = [one["copy"] for one, copy, of in pairs if not copy or not of or not good(one, copy, of)]
    return checks.holds(
        name,
        not bad,
        f"good in all {len(pairs)}",
        f"{len(bad)} are not",
        ", ".join(bad[: points.NAMED]),
    )


def same_key(copy: dict[str, Any], snapshot: dict[str, Any], near: bool) -> bool:
    """Tell whether a copy is encrypted as its snapshot; elsewhere it has another key."""
    if bool(copy.get("Encrypted")) < bool(snapshot.get("Encrypted")):
        return False
    return not near or not snapshot.get("KmsKeyId") or copy.get("KmsKeyId") == snapshot["KmsKeyId"]


def as_source(
    one: dict[str, str], copy: dict[str, Any], sources: dict[str, volumes.Volume]
) -> bool:
    """Tell whether a copy is as fast as its source; one that is gone sets no measure."""
    wanted = volumes.shape(sources.get(one["source"]))
    return all(copy.get(name) == value for name, value in wanted.items())


def described(ids: list[str], ec2: Any) -> dict[str, dict[str, Any]]:
    """Describe snapshots by their ids, those that are there."""
    if not ids:
        return {}
    with raising({}, "snapshots"):
        pages = ec2.get_paginator("describe_snapshots").paginate(
            Filters=[{"Name": "snapshot-id", "Values": sorted(set(ids))}]
        )
        return {one["SnapshotId"]: one for page in pages for one in page["Snapshots"]}
