"""What RDS's operations need; AWS page "Actions, resources … for Amazon RDS"."""

from infra.local.iam.arns import Place
from infra.local.iam.operations import Operation

# Parameters that name a resource -> its type in an ARN.
NAMED = {
    "DBInstanceIdentifier": "db",
    "SourceDBInstanceIdentifier": "db",
    "TargetDBInstanceIdentifier": "db",
    "DBClusterIdentifier": "cluster",
    "SourceDBClusterIdentifier": "cluster",
    "DBSnapshotIdentifier": "snapshot",
    "SourceDBSnapshotIdentifier": "snapshot",
    "TargetDBSnapshotIdentifier": "snapshot",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "SourceDBClusterSnapshotIdentifier": "cluster-snapshot",
    "TargetDBClusterSnapshotIdentifier": "cluster-snapshot",
    "SnapshotIdentifier": "cluster-snapshot",
    "DBSubnetGroupName": "subgrp",
    "OptionGroupName": "og",
    "DBParameterGroupName": "pg",
    "DBClusterParameterGroupName": "cluster-pg",
    "ResourceName": "",  # an ARN
}
OF_INSTANCES = ("og", "pg", "subgrp")
OF_CLUSTERS = ("og", "cluster-pg", "subgrp")
# What an operation makes, by the parameter that names it, and what it takes the default of.
MADE: dict[str, tuple[str, tuple[str, ...]]] = {
    "CopyDBClusterSnapshot": ("TargetDBClusterSnapshotIdentifier", ()),
    "CopyDBSnapshot": ("TargetDBSnapshotIdentifier", ()),
    "CreateDBCluster": ("DBClusterIdentifier", OF_CLUSTERS),
    "CreateDBClusterSnapshot": ("DBClusterSnapshotIdentifier", ()),
    "CreateDBInstance": ("DBInstanceIdentifier", OF_INSTANCES),
    "CreateDBParameterGroup": ("DBParameterGroupName", ()),
    "CreateDBSnapshot": ("DBSnapshotIdentifier", ()),
    "CreateDBSubnetGroup": ("DBSubnetGroupName", ()),
    "RestoreDBClusterFromSnapshot": ("DBClusterIdentifier", OF_CLUSTERS),
    "RestoreDBClusterToPointInTime": ("DBClusterIdentifier", OF_CLUSTERS),
    "RestoreDBInstanceFromDBSnapshot": ("DBInstanceIdentifier", OF_INSTANCES),
    "RestoreDBInstanceToPointInTime": ("TargetDBInstanceIdentifier", OF_INSTANCES),
}
# Operations that are about all resources of a type where they name none.
LISTING = {
    "DescribeDBClusterParameterGroups": "cluster-pg",
    "DescribeDBClusterSnapshots": "cluster-snapshot",
    "DescribeDBClusters": "cluster",
    "DescribeDBInstances": "db",
    "DescribeDBParameterGroups": "pg",
    "DescribeDBSnapshots": "snapshot",
    "DescribeDBSubnetGroups": "subgrp",
    "DescribeOptionGroups": "og",
}


def of_databases(operation: Operation, place: Place) -> list[tuple[str, str]]:
    """List actions with each resource that is named, made, or taken by default."""
    named = {name: operation.text(name) for name in NAMED if operation.text(name)}
    if operation.name == "DeleteDBCluster" and operation.text("FinalDBSnapshotIdentifier"):
        named["DBClusterSnapshotIdentifier"] = operation.text("FinalDBSnapshotIdentifier")
    arns = [_arn(NAMED[name], value, place) for name, value in named.items()]
    made, defaults = MADE.get(operation.name, ("", ()))
    kinds = {NAMED[name] for name in named}
    arns += [_arn(kind, "default", place) for kind in defaults if kind not in kinds]
    if not arns and operation.name in LISTING:
        arns = [_arn(LISTING[operation.name], "*", place)]
    needed = [(operation.name, arn) for arn in dict.fromkeys(arns)]
    tagged = any(name.startswith("Tags.") for name in operation.parameters)
    if made and made in named and tagged:
        needed.append(("AddTagsToResource", _arn(NAMED[made], named[made], place)))
    return needed


def _arn(kind: str, name: str, place: Place) -> str:
    return place.arn_or("rds", f"{kind}:{{}}", name)
