"""What is asked of RDS for a copy: from which point, of what size, in which network."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasks.databases.kinds import CLUSTER, ERRORS, INSTANCE, Entry, Kind, writer_of
from tasks.drills import copies
from tasks.drills.clocks import instant
from tasks.errors import NothingToRestore
from tasks.runtime import iso, raising

LONGEST_NAME = 63  # RDS User Guide, "Quotas and constraints for Amazon RDS", naming constraints
WRITER = "-writer"

Component = Mapping[str, Any]
Drill = Mapping[str, Any]
Request = dict[str, Any]


def writer_name(copy: str) -> str:
    """Name the instance of a restored cluster; the cluster alone takes no connection."""
    return copy[: LONGEST_NAME - len(WRITER)].rstrip("-") + WRITER


def find_snapshot(kind: Kind, identifier: str, rds: Any) -> dict[str, Any]:
    """Describe a snapshot by its name or ARN; raises NothingToRestore where there is none.

    A copy in another Region keeps the name, so that the one in the client's own is found.
    """
    name = identifier.rpartition(":snapshot:" if kind is INSTANCE else ":cluster-snapshot:")[2]
    with raising(ERRORS, f"snapshot {name}"):
        if kind is CLUSTER:
            reply = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)
            found = reply["DBClusterSnapshots"]
        else:
            reply = rds.describe_db_snapshots(DBSnapshotIdentifier=name)
            found = reply["DBSnapshots"]
    if not found:
        raise NothingToRestore(f"There is no snapshot {name} in the target's Region")
    return dict(found[0])


def taken_at(snapshot: Entry) -> datetime:
    """Give the moment that a snapshot's data are as of.

    Amazon RDS API Reference, "DBSnapshot": SnapshotCreateTime changes when it is copied,
    OriginalSnapshotCreateTime does not. A copy of a cluster's snapshot has only the former,
    so that ours say it in a tag.
    """
    told = copies.values(snapshot.get("TagList")).get("daytwo:taken-at", "")
    known = snapshot.get("OriginalSnapshotCreateTime") or snapshot["SnapshotCreateTime"]
    return min(instant(told), known) if told else known


def recovered_to(component: Component, source: Entry | None, snapshot: Entry | None) -> str:
    """Give the moment that the copy's data will be as of, ISO 8601 UTC.

    Never later than what AWS has: raises NothingToRestore where the source is gone, keeps no
    log, or its log does not reach the moment that is asked for.
    """
    asked = component["recovery_point"]["at"]
    if snapshot is not None:
        taken = taken_at(snapshot)
        return iso(min(taken, instant(asked)) if asked else taken)
    name = component["resource"]
    if source is None:
        raise NothingToRestore(f"There is no {name} to restore from its log: name a snapshot")
    latest = source.get("LatestRestorableTime")
    if not latest:
        raise NothingToRestore(
            f"{name} keeps no log to restore from: set its backup retention to a day or more"
        )
    if not asked:
        return iso(latest)
    earliest = source.get("EarliestRestorableTime")
    if instant(asked) > latest or (earliest and instant(asked) < earliest):
        since = f"from {iso(earliest)} " if earliest else ""
        raise NothingToRestore(
            f"{name} can be restored {since}to {iso(latest)}, and {asked} is not between"
        )
    return asked


def subnet_group(entry: Entry | None) -> str:
    """Name a described database's subnet group, "" for none."""
    group = (entry or {}).get("DBSubnetGroup") or ""
    return group if isinstance(group, str) else str(group.get("DBSubnetGroupName", ""))


def restore(
    kind: Kind,
    component: Component,
    drill: Drill,
    like: Entry | None,
    near: Entry | None,
    snapshot: Entry | None,
    rds: Any,
) -> None:
    """Begin to restore; a copy that another delivery has begun is as good.

    The copy has the class of `like` and the subnets of `near`. Nothing else is handed over:
    what a restore loses is to be seen.
    """
    request: Request = {
        "DeletionProtection": False,
        "Tags": copies.tags(drill["id"], component["copy"]),
    }
    if subnets := subnet_group(near):
        request["DBSubnetGroupName"] = subnets
    make = _cluster if kind is CLUSTER else _instance
    call, arguments = make(component, like, snapshot)
    with raising(ERRORS, f"{kind.words} {component['copy']}"):
        try:
            getattr(rds, call)(**request, **arguments)
        except rds.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != kind.there:
                raise


def _instance(
    component: Component, like: Entry | None, snapshot: Entry | None
) -> tuple[str, Request]:
    request: Request = {"PubliclyAccessible": False, "MultiAZ": False}
    if like:
        request["DBInstanceClass"] = like["DBInstanceClass"]
    if snapshot is not None:
        return "restore_db_instance_from_db_snapshot", {
            **request,
            "DBInstanceIdentifier": component["copy"],
            "DBSnapshotIdentifier": snapshot["DBSnapshotIdentifier"],
        }
    return "restore_db_instance_to_point_in_time", {
        **request,
        "SourceDBInstanceIdentifier": component["resource"],
        "TargetDBInstanceIdentifier": component["copy"],
        **_until(component, "RestoreTime"),
    }


def _cluster(
    component: Component, like: Entry | None, snapshot: Entry | None
) -> tuple[str, Request]:
    request: Request = {"DBClusterIdentifier": component["copy"]}
    if scaling := (like or {}).get("ServerlessV2ScalingConfiguration"):
        names = ("MinCapacity", "MaxCapacity", "SecondsUntilAutoPause")
        request["ServerlessV2ScalingConfiguration"] = {
            name: scaling[name] for name in names if name in scaling
        }
    if snapshot is not None:
        return "restore_db_cluster_from_snapshot", {
            **request,
            "SnapshotIdentifier": snapshot["DBClusterSnapshotIdentifier"],
            "Engine": snapshot["Engine"],
        }
    return "restore_db_cluster_to_point_in_time", {
        **request,
        "SourceDBClusterIdentifier": component["resource"],
        **_until(component, "RestoreToTime"),
    }


def _until(component: Component, field: str) -> Request:
    at = component["recovery_point"]["at"]
    return {field: instant(at)} if at else {"UseLatestRestorableTime": True}


def add_writer(component: Component, drill: Drill, cluster: Entry, like: Entry, rds: Any) -> None:
    """Ask for the instance of a restored cluster, like another one, with its parameters if near."""
    name = writer_name(component["copy"])
    parameters: Request = {}
    if _place(like["DBInstanceArn"]) == _place(cluster["DBClusterArn"]):
        for group in like.get("DBParameterGroups", []):
            parameters["DBParameterGroupName"] = group["DBParameterGroupName"]
    with raising(ERRORS, f"DB instance {name}"):
        try:
            rds.create_db_instance(
                DBInstanceIdentifier=name,
                DBClusterIdentifier=component["copy"],
                DBInstanceClass=like["DBInstanceClass"],
                Engine=cluster["Engine"],
                PubliclyAccessible=False,
                EnablePerformanceInsights=bool(like.get("PerformanceInsightsEnabled")),
                Tags=copies.tags(drill["id"], component["copy"]),
                **parameters,
            )
        except rds.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != INSTANCE.there:
                raise


def _place(arn: str) -> list[str]:
    """Give Region and account out of an ARN."""
    return arn.split(":")[3:5]


def instance_of(kind: Kind, entry: Entry | None, rds: Any) -> dict[str, Any] | None:
    """Describe the instance that takes writes: the database itself, or the cluster's writer."""
    if entry is None or kind is INSTANCE:
        return dict(entry) if entry else None
    writer = writer_of(entry)
    return INSTANCE.find(writer, rds) if writer else None
