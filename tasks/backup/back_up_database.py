"""Take a snapshot of a DB instance or cluster, and look until it can be restored from."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.backups import marks
from tasks.databases import kinds, restoring, settings
from tasks.databases.kinds import CLUSTER, Kind
from tasks.errors import BackupFailed, TaskError
from tasks.runtime import client, iso, raising, task
from tasks.servers.marking import GIBIBYTE
from tasks.servers.points import TAKEN_TAG, whole

_RDS = "arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:"
OWN = [f"{_RDS}{kind}:{marks.PREFIX}*" for kind in ("snapshot", "cluster-snapshot")]
SOURCES = [f"{_RDS}{kind}:${{System}}-*" for kind in ("db", "cluster")]
PERMISSIONS = {
    "rds:DescribeDBInstances": SOURCES,
    "rds:DescribeDBClusters": SOURCES,
    "rds:DescribeDBSnapshots": [*SOURCES, *OWN],
    "rds:DescribeDBClusterSnapshots": [*SOURCES, *OWN],
    "rds:CreateDBSnapshot": [*SOURCES, *OWN],
    "rds:CreateDBClusterSnapshot": [*SOURCES, *OWN],
    "rds:AddTagsToResource": OWN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = dict.fromkeys(
    (
        "DBClusterNotFoundFault",
        "DBInstanceNotFound",
        "KMSKeyNotAccessibleFault",
        "SnapshotQuotaExceeded",
    ),
    BackupFailed,
)
BROKEN = ("failed", "incompatible-restore", "incompatible-parameters")
THERE = ("DBSnapshotAlreadyExists", "DBClusterSnapshotAlreadyExistsFault")
MISSING = ("DBSnapshotNotFound", "DBClusterSnapshotNotFoundFault")

Entry = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    rds = client("rds", request["backup"]["target"])
    return back_up(request["backup"], request["component"], request["now"], rds)


def back_up(backup: Entry, component: Entry, now: str, rds: Any) -> dict[str, Any]:
    """Take the snapshot unless it is there, and say how far it is.

    It bears the name of daytwo's backup and component. `detail` keeps the settings that a
    restore loses, for the day when the database is gone. Raises BackupFailed.
    """
    kind, name = kinds.of(component), marks.name(backup, component)
    source = kind.find(component["resource"], rds)
    snapshot = find(kind, name, rds)
    if snapshot is None:
        if source is None:
            raise BackupFailed(f"There is no {kind.words} {component['resource']} to back up")
        if kind.status_of(source) != kinds.AVAILABLE:
            return answer(False, f"the {kind.words} is {kind.status_of(source)}", [], {})
        tags = [*marks.tags(backup, component), {"Key": TAKEN_TAG, "Value": whole(now)}]
        create(kind, component["resource"], name, tags, rds)
        return answer(False, "creating", [], {})
    if snapshot["Status"] in BROKEN:
        raise BackupFailed(
            f"The snapshot {name} of {component['resource']} is in status {snapshot['Status']}: "
            "the database's events in the RDS console say why"
        )
    begun = snapshot.get("SnapshotCreateTime")
    point = {
        "id": snapshot["DBClusterSnapshotArn" if kind is CLUSTER else "DBSnapshotArn"],
        "resource": component["resource"],
        "at": iso(restoring.taken_at(snapshot)) if begun else "",
        "size_bytes": int(snapshot.get("AllocatedStorage") or 0) * GIBIBYTE,
    }
    detail = {"settings": settings.read(kind, source)} if source else {}
    done = snapshot["Status"] == kinds.AVAILABLE
    return answer(done, snapshot["Status"], [point], {**detail, **engine(snapshot)})


def find(kind: Kind, name: str, rds: Any) -> dict[str, Any] | None:
    """Describe the snapshot of that name; None where there is none."""
    with raising(ERRORS, f"snapshot {name}"):
        try:
            if kind is CLUSTER:
                reply = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)
            else:
                reply = rds.describe_db_snapshots(DBSnapshotIdentifier=name)
        except rds.exceptions.ClientError as error:
            if kinds.code_of(error) in MISSING:
                return None
            raise
    found = reply["DBClusterSnapshots" if kind is CLUSTER else "DBSnapshots"]
    return dict(found[0]) if found else None


def create(kind: Kind, source: str, name: str, tags: list[dict[str, str]], rds: Any) -> None:
    """Ask for a snapshot; one that another delivery has asked for is as good."""
    with raising(ERRORS, f"snapshot {name}"):
        try:
            if kind is CLUSTER:
                rds.create_db_cluster_snapshot(
                    DBClusterIdentifier=source, DBClusterSnapshotIdentifier=name, Tags=tags
                )
            else:
                rds.create_db_snapshot(
                    DBInstanceIdentifier=source, DBSnapshotIdentifier=name, Tags=tags
                )
        except rds.exceptions.ClientError as error:
            # Busy since the look a moment ago: it is asked again.
            if kinds.code_of(error) not in (*THERE, kind.busy):
                raise


def engine(snapshot: Entry) -> dict[str, Any]:
    """Give what a restore of the snapshot has to be like."""
    return {
        "engine": snapshot.get("Engine", ""),
        "engine_version": snapshot.get("EngineVersion", ""),
        "encrypted": bool(snapshot.get("StorageEncrypted", snapshot.get("Encrypted"))),
        "kms_key_id": snapshot.get("KmsKeyId") or "",
    }


def answer(
    done: bool, state: str, points: list[dict[str, Any]], detail: dict[str, Any]
) -> dict[str, Any]:
    """Give the step's answer."""
    return {"done": done, "state": state, "points": points, "detail": detail}
