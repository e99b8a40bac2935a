"""What S3's operations need; AWS page "Required permissions for Amazon S3 API operations"."""

from typing import Any
from urllib.parse import unquote

from defusedxml import ElementTree
from moto.s3.models import s3_backends

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
        sources = _of_source(operation, place)
        tagging = [("PutObjectTagging", f"{arn}/{key}")] if len(sources) > 1 else []
        return [*sources, *_of_upload(operation, f"{arn}/{key}"), *tagging]
    if operation.name in ("PutObject", "CreateMultipartUpload"):
        return _of_upload(operation, f"{arn}/{key}")
    action = ACTIONS.get(operation.name, operation.name)
    actions = ["GetObject", action] if action == "GetObjectAttributes" else [action]
    if operation.text("versionId"):
        actions = [_of_version(action) for action in actions]
    return [(action, f"{arn}/{key}" if key else arn) for action in actions]


def _of_version(action: str) -> str:
    return action.replace("Object", "ObjectVersion", 1) if action in VERSIONED else action


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


def _of_source(operation: Operation, place: Place) -> list[tuple[str, str]]:
    """List what reading a copy's source needs; tags that go with the object are read as well."""
    path, _, version = operation.headers.get("x-amz-copy-source", "").partition("?versionId=")
    name = unquote(path).lstrip("/")
    actions = ["GetObject"]
    if _copies_tags(operation, name, version, place):
        actions.append("GetObjectTagging")
    arn = f"arn:{place.partition}:s3:::{name}"
    return [(_of_version(action) if version else action, arn) for action in actions]


def _copies_tags(operation: Operation, name: str, version: str, place: Place) -> bool:
    directive = operation.headers.get("x-amz-tagging-directive", "COPY")
    if operation.name != "CopyObject" or directive != "COPY":
        return False
    backend: Any = s3_backends[place.account][place.partition]
    bucket, _, key = name.partition("/")
    if bucket not in backend.buckets:
        return False
    found = backend.get_object(bucket, key, version_id=version or None)
    return found is not None and bool(backend.tagger.get_tag_dict_for_resource(found.arn))
