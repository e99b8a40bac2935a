"""Compare the copies of volumes with the snapshots and volumes that they stand for."""

from typing import Any

from tasks.drills import checks, standing
from tasks.drills.copies import elsewhere
from tasks.runtime import client, raising, task
from tasks.servers import looks, points, volumes

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
    good = {
        "status": lambda one, copy, _: copy["State"] == "available",
        "snapshot": lambda one, copy, _: copy["SnapshotId"] == one["snapshot"],
        "size": lambda _, copy, of: copy["Size"] >= of["VolumeSize"],
        "encryption": lambda _, copy, of: same_key(copy, of, near),
        "type and speed": lambda one, copy, _: as_source(one, copy, sources),
    }
    return {
        "checks": [
            checks.holds("volumes", bool(told), "one or more", len(told)),
            looks.covered(sources, [one["source"] for one in told]),
            *(looks.each(name, len(pairs), bad(pairs, test)) for name, test in good.items()),
        ],
        "newest_record": points.oldest(told),
    }


def bad(pairs: list[tuple[Any, Any, Any]], good: Any) -> list[str]:
    """Name the copies of which something is not so, or that are not there."""
    return [one["copy"] for one, copy, of in pairs if not (copy and of and good(one, copy, of))]


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
