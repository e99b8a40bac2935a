"""Who takes a database's writes, and where: before a failover and after it."""

from collections.abc import Mapping
from typing import Any

from tasks.databases import kinds
from tasks.databases.kinds import AVAILABLE, CLUSTER, INSTANCE, Entry, Kind
from tasks.errors import DrillRefused

Seen = dict[str, Any]


def look(kind: Kind, name: str, rds: Any) -> Seen:
    """Say how a database stands; raises DrillRefused where there is none.

    `standby` says whether somebody can take over now: the second zone of an instance, or an
    available reader of a cluster. `next` says whether there is anybody at all.
    """
    found = kind.find(name, rds)
    if found is None:
        raise DrillRefused(f"There is no {kind.words} {name} in the target environment")
    seen = _cluster(found, rds) if kind is CLUSTER else _instance(name, found)
    return {
        "kind": kind.name,
        "name": name,
        "status": kind.status_of(found),
        "endpoint": kinds.endpoint_of(found)[0],
        **seen,
    }


def _instance(name: str, found: Entry) -> Seen:
    return {
        "writer": name,
        "zone": found.get("AvailabilityZone", ""),
        "standby": bool(found.get("MultiAZ")),
        "next": bool(found.get("MultiAZ")),
        "serving": INSTANCE.status_of(found) == AVAILABLE,
    }


def _cluster(found: Entry, rds: Any) -> Seen:
    writer = kinds.writer_of(found)
    members = {name: INSTANCE.find(name, rds) for name in kinds.members_of(found)}
    up = [name for name, one in members.items() if one and INSTANCE.status_of(one) == AVAILABLE]
    return {
        "writer": writer,
        "zone": (members.get(writer) or {}).get("AvailabilityZone", ""),
        "standby": any(name != writer for name in up),
        "next": any(name != writer for name in members),
        "serving": CLUSTER.status_of(found) == AVAILABLE and writer in up,
    }


def moved(before: Mapping[str, Any], seen: Seen) -> bool:
    """Tell whether another one takes writes: in another zone, or another member of a cluster."""
    field = "writer" if before["kind"] == CLUSTER.name else "zone"
    return bool(seen[field]) and seen[field] != before[field]
