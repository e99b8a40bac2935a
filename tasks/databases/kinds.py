"""DB instances and DB clusters: how the RDS API speaks of each, and the rights on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.drills import copies
from tasks.errors import NothingToRestore, RestoreFailed, TaskError
from tasks.runtime import raising

# A copy may be made in another Region than daytwo's own.
_RDS = "arn:${AWS::Partition}:rds:*:${AWS::AccountId}:"
COPIES = [f"{_RDS}db:drill-*", f"{_RDS}cluster:drill-*"]
SOURCES = [f"{_RDS}db:${{System}}-*", f"{_RDS}cluster:${{System}}-*"]
INSTANCES = [f"{_RDS}db:drill-*", f"{_RDS}db:${{System}}-*"]
CLUSTERS = [f"{_RDS}cluster:drill-*", f"{_RDS}cluster:${{System}}-*"]
SNAPSHOTS = [
    f"{_RDS}{kind}:{names}"
    for kind in ("snapshot", "cluster-snapshot")
    for names in ("daytwo-*", "rds:*", "${System}-*")
]
# What a copy is made with and nothing is changed of: parameter, option and subnet groups.
FURNITURE = [f"{_RDS}{kind}:*" for kind in ("pg", "cluster-pg", "og", "subgrp")]
LOOKS = {"rds:DescribeDBInstances": INSTANCES, "rds:DescribeDBClusters": CLUSTERS}

# Amazon RDS API Reference, errors of the restores.
ERRORS: dict[str, type[TaskError]] = {
    **dict.fromkeys(
        (
            "DBClusterNotFoundFault",
            "DBClusterSnapshotNotFoundFault",
            "DBInstanceNotFound",
            "DBSnapshotNotFound",
            "PointInTimeRestoreNotEnabled",
        ),
        NothingToRestore,
    ),
    **dict.fromkeys(
        (
            "DBClusterQuotaExceededFault",
            "InstanceQuotaExceeded",
            "InsufficientDBClusterCapacityFault",
            "InsufficientDBInstanceCapacity",
            "InsufficientStorageClusterCapacity",
            "InvalidDBClusterSnapshotStateFault",
            "InvalidDBSnapshotState",
            "InvalidRestoreFault",
            "KMSKeyNotAccessibleFault",
            "StorageQuotaExceeded",
        ),
        RestoreFailed,
    ),
}
# RDS User Guide, "Viewing Amazon RDS DB instance status"; Aurora User Guide, "Viewing DB
# cluster status": those from which nothing comes back by itself.
BROKEN = frozenset(
    {
        "cloning-failed",
        "failed",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-create",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "restore-error",
        "storage-full",
    }
)
AVAILABLE = "available"

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """The names by which the RDS API speaks of one kind of database."""

    name: str
    words: str
    describe: str
    modify: str
    entries: str
    identifier: str
    arn: str
    status: str
    missing: str
    busy: str
    there: str

    def find(self, name: str, rds: Any) -> dict[str, Any] | None:
        """Describe one by its identifier; None where there is none."""
        with raising({}, f"{self.words} {name}"):
            try:
                reply = getattr(rds, self.describe)(**{self.identifier: name})
            except rds.exceptions.ClientError as error:
                if code_of(error) == self.missing:
                    return None
                raise
        return dict(reply[self.entries][0])

    def arn_of(self, entry: Entry) -> str:
        """Give a described one's ARN."""
        return str(entry[self.arn])

    def status_of(self, entry: Entry) -> str:
        """Give a described one's status."""
        return str(entry[self.status])


INSTANCE = Kind(
    name="instance",
    words="DB instance",
    describe="describe_db_instances",
    modify="modify_db_instance",
    entries="DBInstances",
    identifier="DBInstanceIdentifier",
    arn="DBInstanceArn",
    status="DBInstanceStatus",
    missing="DBInstanceNotFound",
    busy="InvalidDBInstanceState",
    there="DBInstanceAlreadyExists",
)
CLUSTER = Kind(
    name="cluster",
    words="DB cluster",
    describe="describe_db_clusters",
    modify="modify_db_cluster",
    entries="DBClusters",
    identifier="DBClusterIdentifier",
    arn="DBClusterArn",
    status="Status",
    missing="DBClusterNotFoundFault",
    busy="InvalidDBClusterStateFault",
    there="DBClusterAlreadyExistsFault",
)
BY_TYPE = {"rds_instance": INSTANCE, "aurora_cluster": CLUSTER}
BY_NAME = {kind.name: kind for kind in (INSTANCE, CLUSTER)}


def of(component: Mapping[str, Any]) -> Kind:
    """Tell which kind of database a component is."""
    return BY_TYPE[component["type"]]


def code_of(error: Any) -> str:
    """Give the code of an error that AWS answered with."""
    return str(error.response["Error"]["Code"])


def tags_of(entry: Entry) -> dict[str, str]:
    """Give a described database's tags."""
    return copies.values(entry.get("TagList"))


def endpoint_of(entry: Entry) -> tuple[str, int]:
    """Give address and port, "" and 0 where there are none yet."""
    endpoint = entry.get("Endpoint") or ""
    if isinstance(endpoint, str):
        return endpoint, int(entry.get("Port") or 0)
    return str(endpoint.get("Address", "")), int(endpoint.get("Port") or 0)


def writer_of(cluster: Entry) -> str:
    """Name the cluster's member that takes writes, "" where none does."""
    members = cluster.get("DBClusterMembers", [])
    return next((one["DBInstanceIdentifier"] for one in members if one["IsClusterWriter"]), "")


def members_of(cluster: Entry) -> list[str]:
    """Name the cluster's instances."""
    return sorted(one["DBInstanceIdentifier"] for one in cluster.get("DBClusterMembers", []))
