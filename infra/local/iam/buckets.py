"""What S3's operations need; AWS page "Required permissions for Amazon S3 API operations"."""

from urllib.parse import unquote

from defusedxml import ElementTree

from infra.local.iam.arns import Place
from infra.local.iam.operations import Operation

# Operations whose IAM action has another name.
ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
}
# Read or changed in one version of an object, they need the action of its versions.
VERSIONED = (
    "DeleteObject",
    "DeleteObjectTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectTagging",
    "PutObjectAcl",
    "PutObjectTagging",
)


def of_buckets(operation: Operation, place: Place) -> list[tuple[str, str]]:
    """List actions with buckets and objects; a copy reads its source, a deletion each key."""
    bucket, key = operation.text("Bucket"), operation.text("Key")
    if not bucket:
        return [(ACTIONS.get(operation.name, operation.name), "*")]
    arn = f"arn:{place.partition}:s3:::{bucket}"
    if operation.name == "DeleteObjects":
        return _of_deletion(operation, arn)
    if operation.name in ("CopyObject", "UploadPartCopy"):
        source = _source(operation.headers.get("x-amz-copy-source", ""), place)
        return [source, *_of_upload(operation, f"{arn}/{key}")]
    if operation.name in ("PutObject", "CreateMultipartUpload"):
        return _of_upload(operation, f"{arn}/{key}")
    action = ACTIONS.get(operation.name, operation.name)
    if action in VERSIONED and operation.text("versionId"):
        action = action.replace("Object", "ObjectVersion", 1)
    return [(action, f"{arn}/{key}" if key else arn)]


def _of_upload(operation: Operation, arn: str) -> list[tuple[str, str]]:
    needed = [("PutObject", arn)]
    if operation.headers.get("x-amz-tagging"):
        needed.append(("PutObjectTagging", arn))
    if operation.headers.get("x-amz-acl"):
        needed.append(("PutObjectAcl", arn))
    if operation.headers.get("x-amz-object-lock-mode"):
        needed.append(("PutObjectRetention", arn))
    return needed


def _of_deletion(operation: Operation, arn: str) -> list[tuple[str, str]]:
    needed = []
    for entry in ElementTree.fromstring(operation.body).iter():
        if entry.tag.rpartition("}")[2] == "Object":
            fields = {field.tag.rpartition("}")[2]: field.text or "" for field in entry}
            action = "DeleteObjectVersion" if fields.get("VersionId") else "DeleteObject"
            needed.append((action, f"{arn}/{fields.get('Key', '')}"))
    return needed


def _source(header: str, place: Place) -> tuple[str, str]:
    path, _, version = header.partition("?versionId=")
    action = "GetObjectVersion" if version else "GetObject"
    return action, f"arn:{place.partition}:s3:::{unquote(path).lstrip('/')}"
