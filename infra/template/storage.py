"""Template section of what outlives an execution: tables, buckets, and the dead-letter queue."""

from typing import Any

from troposphere import AWSObject, GetAtt, Output, Ref, Sub, dynamodb, s3, sqs

from infra.discovery import PREFIX
from infra.template.machines import DEAD_LETTERS

DAY = 24 * 3600
TABLES = {"StateTable": ("pk", "sk", "expires_at"), "AuditTable": ("id", "timestamp", "")}


def resources(config: dict[str, Any], rules: list[str]) -> list[AWSObject]:
    """List tables, buckets and the queue; `rules` are the logical ids of the event rules."""
    kept = _removal(config)
    found: list[AWSObject] = [_table(name, config, kept) for name in TABLES]
    found.append(_bucket("ArtifactsBucket", "artifacts", kept))
    found.append(_bucket("EvidenceBucket", "evidence", kept, **_object_lock(config)))
    found += [_only_over_tls("ArtifactsBucket"), _only_over_tls("EvidenceBucket")]
    found.append(
        sqs.Queue(
            DEAD_LETTERS,
            QueueName=f"{PREFIX}-dead-letters",
            MessageRetentionPeriod=14 * DAY,
            SqsManagedSseEnabled=True,
        )
    )
    return found + ([_rules_may_send(rules)] if rules else [])


def outputs() -> list[Output]:
    """List the names that the command line looks up."""
    values = {
        "StateTableName": ("Locks, releases, approvals", Ref("StateTable")),
        "AuditTableName": ("Who did what, when, with which outcome", Ref("AuditTable")),
        "ArtifactsBucketName": ("Published releases", Ref("ArtifactsBucket")),
        "EvidenceBucketName": ("Evidence of executions", Ref("EvidenceBucket")),
        "DeadLetterQueueUrl": ("Events that started nothing", Ref(DEAD_LETTERS)),
    }
    return [
        Output(name, Description=description, Value=value)
        for name, (description, value) in values.items()
    ]


def _removal(config: dict[str, Any]) -> dict[str, str]:
    policy = config["removal"].capitalize()
    return {"DeletionPolicy": policy, "UpdateReplacePolicy": policy}


def _table(name: str, config: dict[str, Any], kept: dict[str, str]) -> dynamodb.Table:
    partition, sort, expiry = TABLES[name]
    optional = {}
    if expiry:
        optional["TimeToLiveSpecification"] = dynamodb.TimeToLiveSpecification(
            AttributeName=expiry, Enabled=True
        )
    return dynamodb.Table(
        name,
        TableName=f"{PREFIX}-{name.removesuffix('Table').lower()}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            dynamodb.AttributeDefinition(AttributeName=key, AttributeType="S")
            for key in (partition, sort)
        ],
        KeySchema=[
            dynamodb.KeySchema(AttributeName=partition, KeyType="HASH"),
            dynamodb.KeySchema(AttributeName=sort, KeyType="RANGE"),
        ],
        PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(
            PointInTimeRecoveryEnabled=config["point_in_time_recovery"]
        ),
        SSESpecification=dynamodb.SSESpecification(SSEEnabled=True),
        **optional,
        **kept,
    )


def _bucket(title: str, purpose: str, kept: dict[str, str], **more: Any) -> s3.Bucket:
    encryption = s3.ServerSideEncryptionRule(
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    )
    leftovers = s3.LifecycleRule(
        Id="unfinished-uploads",
        Status="Enabled",
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
    )
    return s3.Bucket(
        title,
        BucketName=Sub(f"{PREFIX}-{purpose}-${{AWS::AccountId}}-${{AWS::Region}}"),
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        BucketEncryption=s3.BucketEncryption(ServerSideEncryptionConfiguration=[encryption]),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True,
            BlockPublicPolicy=True,
            IgnorePublicAcls=True,
            RestrictPublicBuckets=True,
        ),
        OwnershipControls=s3.OwnershipControls(
            Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
        ),
        LifecycleConfiguration=s3.LifecycleConfiguration(Rules=[leftovers]),
        **more,
        **kept,
    )


def _object_lock(config: dict[str, Any]) -> dict[str, Any]:
    lock = config["evidence_lock"]
    if not lock["days"]:
        return {}
    retention = s3.DefaultRetention(Mode=lock["mode"], Days=lock["days"])
    return {
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": s3.ObjectLockConfiguration(
            ObjectLockEnabled="Enabled", Rule=s3.ObjectLockRule(DefaultRetention=retention)
        ),
    }


def _only_over_tls(bucket: str) -> s3.BucketPolicy:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [GetAtt(bucket, "Arn"), Sub(f"${{{bucket}.Arn}}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return s3.BucketPolicy(
        f"{bucket}Policy",
        Bucket=Ref(bucket),
        PolicyDocument={"Version": "2012-10-17", "Statement": [statement]},
    )


def _rules_may_send(rules: list[str]) -> sqs.QueuePolicy:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": GetAtt(DEAD_LETTERS, "Arn"),
        "Condition": {"ArnEquals": {"aws:SourceArn": [GetAtt(rule, "Arn") for rule in rules]}},
    }
    return sqs.QueuePolicy(
        f"{DEAD_LETTERS}Policy",
        Queues=[Ref(DEAD_LETTERS)],
        PolicyDocument={"Version": "2012-10-17", "Statement": [statement]},
    )
