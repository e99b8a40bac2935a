"""What a component can be restored from, as AWS and the records of its backups say now."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tasks.drills import clocks
from tasks.drills.points import NONE, NoPoint, Source
from tasks.runtime import iso, raising

TABLE_ARN = "arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/${System}-*"
RDS_ARN = "arn:${AWS::Partition}:rds:*:${AWS::AccountId}:"
PERMISSIONS: dict[str, str | list[str]] = {
    "dynamodb:DescribeContinuousBackups": TABLE_ARN,
    "rds:DescribeDBInstanceAutomatedBackups": [
        f"{RDS_ARN}db:${{System}}-*",
        f"{RDS_ARN}auto-backup:*",
    ],
    "s3:GetBucketVersioning": "arn:${AWS::Partition}:s3:::${System}-*",
    "s3:GetLifecycleConfiguration": "arn:${AWS::Partition}:s3:::${System}-*",
    "lambda:GetAlias": "arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:function:${System}-*",
}
# What is looked up of copies as well, by another name.
ALSO_COPIES = {
    "dynamodb:DescribeTable": TABLE_ARN,
    "rds:DescribeDBInstances": f"{RDS_ARN}db:${{System}}-*",
    "rds:DescribeDBClusters": f"{RDS_ARN}cluster:${{System}}-*",
}
# How far back a random moment of a bucket lies at most.
BUCKET_DAYS = 7
OWN_KEY = "the service's own key"

Clients = Callable[..., Any]
Backups = Sequence[Mapping[str, Any]]


def read(
    chain: str, config: Mapping[str, Any], resource: str, saved: Backups, client: Clients, now: str
) -> Source:
    """Give what the component can be restored from; raises NoPoint where it is not there.

    `client` gives the source's client of a service; `saved` are its good backups, the newest
    first.
    """
    if chain not in READERS:
        return Source(fixed=dict(NONE))
    return READERS[chain](config, resource, saved, client, now)


def _table(
    config: Mapping[str, Any], name: str, saved: Backups, client: Clients, now: str
) -> Source:
    dynamodb = client("dynamodb")
    with raising({}, f"table {name}"):
        try:
            table = dynamodb.describe_table(TableName=name)["Table"]
            reply = dynamodb.describe_continuous_backups(TableName=name)
        except dynamodb.exceptions.ClientError as error:
            _refuse_missing(error, f"table {name}", "ResourceNotFound", "TableNotFound")
            raise
    log = reply["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    enabled = log.get("PointInTimeRecoveryStatus") == "ENABLED"
    return Source(
        log="pitr",
        earliest=_text(log.get("EarliestRestorableDateTime")) if enabled else "",
        latest=_text(log.get("LatestRestorableDateTime")) if enabled else "",
        saved="backup",
        backups=saved,
        without="Its point-in-time recovery is off",
        key=table.get("SSEDescription", {}).get("KMSMasterKeyArn", OWN_KEY),
        size_bytes=table.get("TableSizeBytes", 0),
    )


def _database(
    config: Mapping[str, Any], name: str, saved: Backups, client: Clients, now: str
) -> Source:
    cluster = config["type"] == "aurora_cluster"
    described = _cluster(name, client("rds")) if cluster else _instance(name, client("rds"))
    on = bool(described.get("BackupRetentionPeriod"))
    return Source(
        log="pitr",
        earliest=_text(described.get("EarliestRestorableTime")) if on else "",
        latest=_text(described.get("LatestRestorableTime")) if on else "",
        saved="snapshot",
        backups=saved,
        without="Its automated backups are off",
        key=described.get("KmsKeyId") or "not encrypted",
        size_bytes=described.get("AllocatedStorage", 0) * 1024**3,
    )


def _cluster(name: str, rds: Any) -> dict[str, Any]:
    with raising({}, f"cluster {name}"):
        try:
            return rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
        except rds.exceptions.ClientError as error:
            _refuse_missing(error, f"cluster {name}", "DBClusterNotFound")
            raise


def _instance(name: str, rds: Any) -> dict[str, Any]:
    """Describe an instance with the beginning of its log, which only its backups tell."""
    with raising({}, f"instance {name}"):
        try:
            found = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        except rds.exceptions.ClientError as error:
            _refuse_missing(error, f"instance {name}", "DBInstanceNotFound")
            raise
        reply = rds.describe_db_instance_automated_backups(DBInstanceIdentifier=name)
    windows = [one.get("RestoreWindow", {}) for one in reply["DBInstanceAutomatedBackups"]]
    begun = [window["EarliestTime"] for window in windows if window.get("EarliestTime")]
    earliest = min(begun, default=found.get("InstanceCreateTime"))
    return {**found, "EarliestRestorableTime": earliest}


def _bucket(
    config: Mapping[str, Any], name: str, saved: Backups, client: Clients, now: str
) -> Source:
    s3 = client("s3")
    with raising({}, f"bucket {name}"):
        try:
            status = s3.get_bucket_versioning(Bucket=name).get("Status", "")
        except s3.exceptions.ClientError as error:
            _refuse_missing(error, f"bucket {name}", "NoSuchBucket")
            raise
    if status != "Enabled":
        raise NoPoint(f"The bucket {name} keeps no versions: switch versioning on")
    days = min(_kept_days(name, s3), BUCKET_DAYS)
    earliest = iso(clocks.instant(now) - timedelta(days=days))
    return Source(log="versions", earliest=earliest, latest=now)


def _kept_days(name: str, s3: Any) -> int:
    """Tell for how many days versions are kept at least, by the bucket's lifecycle."""
    with raising({}, f"lifecycle of bucket {name}"):
        try:
            rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
                raise
            return BUCKET_DAYS
    expiring = [
        rule["NoncurrentVersionExpiration"].get("NoncurrentDays", BUCKET_DAYS)
        for rule in rules
        if rule["Status"] == "Enabled" and "NoncurrentVersionExpiration" in rule
    ]
    return min(expiring, default=BUCKET_DAYS)


def _snapshots(
    config: Mapping[str, Any], name: str, saved: Backups, client: Clients, now: str
) -> Source:
    return Source(saved="snapshot", backups=saved)


def _stack(
    config: Mapping[str, Any], name: str, saved: Backups, client: Clients, now: str
) -> Source:
    return Source(saved="export", backups=saved, without="A stack is restored from its export")


def _function(
    config: Mapping[str, Any], name: str, saved: Backups, client: Clients, now: str
) -> Source:
    lambda_ = client("lambda")
    with raising({}, f"alias {config['alias']} of {name}"):
        try:
            alias = lambda_.get_alias(FunctionName=name, Name=config["alias"])
        except lambda_.exceptions.ResourceNotFoundException:
            raise NoPoint(
                f"The function {name} has no alias {config['alias']}: release it first"
            ) from None
    point = {"kind": "version", "id": alias["FunctionVersion"], "at": "", "manifest_key": ""}
    return Source(fixed=point)


READERS: Mapping[str, Callable[..., Source]] = {
    "table": _table,
    "database": _database,
    "bucket": _bucket,
    "volumes": _snapshots,
    "image": _snapshots,
    "stack": _stack,
    "function": _function,
}


def _refuse_missing(error: Any, what: str, *codes: str) -> None:
    if error.response["Error"]["Code"].startswith(codes):
        raise NoPoint(f"There is no {what}: deploy it, or correct the manifest") from None


def _text(moment: datetime | None) -> str:
    """Write a moment with its fraction, which decides at the window's edges."""
    return moment.isoformat() if moment else ""
