"""Look whether a change set is ready, and refuse one that would lose data."""

from typing import Any

from tasks import stacks
from tasks.errors import ChangeSetFailed, StatefulReplacement
from tasks.runtime import client, task

PERMISSIONS = {
    "cloudformation:DescribeChangeSet": stacks.STACK_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = stacks.ERRORS

MOST_CHANGES = 100
# How CloudFormation words a change set with nothing in it; it has no status of its own.
UNCHANGED = ("didn't contain changes", "No updates are to be performed")
STATEFUL = frozenset(
    f"AWS::{name}"
    for name in (
        "Backup::BackupVault",
        "Cognito::UserPool",
        "DocDB::DBCluster",
        "DocDB::DBInstance",
        "DynamoDB::GlobalTable",
        "DynamoDB::Table",
        "EC2::Volume",
        "ECR::Repository",
        "EFS::FileSystem",
        "ElastiCache::CacheCluster",
        "ElastiCache::ReplicationGroup",
        "ElastiCache::ServerlessCache",
        "FSx::FileSystem",
        "KMS::Key",
        "Kinesis::Stream",
        "MSK::Cluster",
        "MemoryDB::Cluster",
        "Neptune::DBCluster",
        "Neptune::DBInstance",
        "OpenSearchService::Domain",
        "QLDB::Ledger",
        "RDS::DBCluster",
        "RDS::DBInstance",
        "RDS::GlobalCluster",
        "Redshift::Cluster",
        "S3::Bucket",
        "SQS::Queue",
        "SecretsManager::Secret",
        "Timestream::Database",
        "Timestream::Table",
    )
)


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return check(request["arn"], client("cloudformation", request["target"]))


def check(arn: str, cloudformation: Any) -> dict[str, Any]:
    """Say whether the change set is ready and what it changes, the first 100 changes.

    Raises ChangeSetFailed with CloudFormation's reason, and StatefulReplacement naming each
    resource with data that would be, or might be, replaced or removed.
    """
    found = stacks.find_change_set(arn, cloudformation)
    status = found["Status"] if found else "DELETED"
    reason = (found or {}).get("StatusReason", "")
    empty = status == "FAILED" and any(words in reason for words in UNCHANGED)
    if found is None or status.startswith("DELETE") or (status == "FAILED" and not empty):
        raise ChangeSetFailed(
            f"Change set {arn} is {status}: {reason or 'somebody deleted it'}. Mend the template "
            "or its parameters and publish a new release, or promote again if it was deleted."
        )
    changes = [entry["ResourceChange"] for entry in found["Changes"] if "ResourceChange" in entry]
    refuse_data_loss(changes)
    return {
        "arn": arn,
        "ready": empty or status == "CREATE_COMPLETE",
        "empty": empty,
        "changes": [told(change) for change in changes[:MOST_CHANGES]],
    }


def refuse_data_loss(changes: list[dict[str, Any]]) -> None:
    """Raise StatefulReplacement where a resource that holds data would not stay as it is.

    `Conditional` counts: CloudFormation learns only while it runs whether it replaces.
    """
    losses = [
        f"{change['LogicalResourceId']} ({change['ResourceType']}) {loss}"
        for change in changes
        if change["ResourceType"] in STATEFUL and (loss := loss_of(change))
    ]
    if losses:
        raise StatefulReplacement(
            f"The change set would lose data: {'; '.join(losses[:20])}. Nothing was changed. "
            "Keep the resource in the template with the properties it has, or move its data "
            "in a release of its own."
        )


def loss_of(change: dict[str, Any]) -> str:
    """Say in words how a change takes a resource away; empty where it stays."""
    if change["Action"] == "Remove":
        return "is removed"
    if change["Action"] == "Dynamic":
        return "may be removed"
    if change["Action"] == "Modify":
        return {"True": "is replaced", "Conditional": "may be replaced"}.get(
            change.get("Replacement", "False"), ""
        )
    return ""


def told(change: dict[str, Any]) -> dict[str, str]:
    """Reduce a change to what a person decides by."""
    return {
        "action": change["Action"],
        "type": change["ResourceType"],
        "id": change["LogicalResourceId"],
        "replacement": change.get("Replacement", "False"),
    }
