"""The snapshots and images that daytwo made, and which of them a drill restores."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.backups.marks import MARK
from tasks.drills import copies, folders, notes
from tasks.drills.folders import Folder
from tasks.errors import NothingToRestore
from tasks.runtime import iso, raising

RESOURCE_TAG = "daytwo:resource"  # the id of the volume or instance
TAKEN_TAG = "daytwo:taken-at"
TYPE_TAG = "daytwo:instance-type"
NAMED = 5
KEEPING = {**folders.READS, **folders.WRITES}

Drill = Mapping[str, Any]
Component = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """A snapshot or image: what it is of, as of when, in which backup."""

    id: str
    source: str
    at: str
    backup: str
    tags: Mapping[str, str]


def of_snapshots(component: Component, drill: Drill, ec2: Any) -> list[Point]:
    """List the complete snapshots of a component's backups."""
    point = component["recovery_point"]["id"]
    request = (
        {"SnapshotIds": [point]}
        if point.startswith("snap-")
        else {"OwnerIds": ["self"], "Filters": _filters(component, drill)}
    )
    with raising({"InvalidSnapshot.NotFound": NothingToRestore}, f"snapshots {point}".strip()):
        pages = ec2.get_paginator("describe_snapshots").paginate(**request)
        found = [one for page in pages for one in page["Snapshots"]]
    return [
        _point(one["SnapshotId"], one.get("VolumeId", ""), iso(one["StartTime"]), one)
        for one in found
        if one["State"] == "completed"
    ]


def of_images(component: Component, drill: Drill, ec2: Any) -> list[Point]:
    """List the available images of a component's backups."""
    point = component["recovery_point"]["id"]
    request = (
        {"ImageIds": [point]}
        if point.startswith("ami-")
        else {"Owners": ["self"], "Filters": _filters(component, drill)}
    )
    errors = dict.fromkeys(("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"), NothingToRestore)
    with raising(errors, f"images {point}".strip()):
        pages = ec2.get_paginator("describe_images").paginate(**request)
        found = [one for page in pages for one in page["Images"]]
    return [
        _point(one["ImageId"], one.get("SourceInstanceId", ""), whole(one["CreationDate"]), one)
        for one in found
        if one["State"] == "available"
    ]


def _filters(component: Component, drill: Drill) -> list[dict[str, Any]]:
    wanted = {
        "daytwo:system": drill["system"],
        "daytwo:environment": drill["source"]["environment"],
        "daytwo:component": component["name"],
    }
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]


def whole(text: str) -> str:
    """Give a moment with whole seconds, as they all are."""
    return text[:19] + "Z"


def _point(identifier: str, source: str, at: str, entry: Mapping[str, Any]) -> Point:
    # A copy in another Region begins later than what it is a copy of, and names no source.
    tags = copies.values(entry.get("Tags"))
    taken = tags.get(TAKEN_TAG, "")
    return Point(
        id=identifier,
        source=tags.get(RESOURCE_TAG) or source,
        at=min(whole(taken), at) if taken else at,
        backup=tags.get(MARK, ""),
        tags=tags,
    )


def choose(
    known: Iterable[Point], point: Mapping[str, str], existing: Iterable[str]
) -> list[Point]:
    """Choose what is restored, one for each source, by source.

    `point` is a recovery point: its id names one snapshot or image, or a backup; without one
    the newest of each is taken that is not later than its moment; that of a backup is when the
    first of its snapshots was taken. `existing` are the sources
    that there are now: raises NothingToRestore where one of them has none. Where none exists
    any more, those of the newest backup are taken.
    """
    asked, at = point["id"], point["at"]
    if asked.startswith(("snap-", "ami-")):
        usable = list(known)
    elif asked:
        usable = [one for one in known if one.backup == asked]
    else:
        usable = [one for one in known if not at or one.at <= whole(at)]
    sources = set(existing)
    if not asked and not sources and usable:
        newest = max(usable, key=lambda one: (one.at, one.id)).backup
        usable = [one for one in usable if one.backup == newest]
    elif not asked:
        usable = [one for one in usable if one.source in sources]
    latest: dict[str, Point] = {}
    for one in sorted(usable, key=lambda one: (one.at, one.id)):
        latest[one.source] = one
    missing = sorted(sources - latest.keys()) if not asked else []
    if missing:
        until = f" from {at} or before" if at else ""
        raise NothingToRestore(
            f"{len(missing)} of {len(sources)} have no backup of daytwo's{until}: "
            f"{', '.join(missing[:NAMED])}. Run daytwo-backup first."
        )
    if not latest:
        raise NothingToRestore(
            f"There is no backup of daytwo's{f' named {asked}' if asked else ''} to restore from"
        )
    return [latest[source] for source in sorted(latest)]


def plan(folder: Folder, wanted: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Keep what the first call has chosen; a newer backup changes nothing of a drill under way."""
    kept = folder.read("points.json")
    if kept is None:
        key = folder.key("points.json")
        kept = notes.first(key, {"wanted": wanted()}, folder.bucket, folder.s3)
    return list(kept["wanted"])


def copy_name(component: Component, source: str) -> str:
    """Name the copy of one volume or instance, for its tag and the ledger."""
    return f"{component['copy']}-{source}"


def oldest(wanted: Iterable[Mapping[str, Any]]) -> str:
    """Give the moment up to which all have their data."""
    return min(str(one["at"]) for one in wanted)
