"""Put a site's entry objects back to what they were before the promotion."""

from typing import Any

from tasks import sites, stacks
from tasks.errors import ArtifactMissing
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **dict.fromkeys(
        ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"),
        sites.OBJECT_ARN,
    ),
    "s3:ListBucket": sites.BUCKET_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = sites.ERRORS
TIMEOUT = 60


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return restore(request["site"], client("s3", request["target"]))


def restore(site: dict[str, Any], s3: Any) -> dict[str, int]:
    """Copy each captured version back, and remove what was not there; say how many changed.

    Raises ArtifactMissing where a captured version was deleted for good.
    """
    entries = site["entry"] if site["present"] else []
    changed = [
        put_back(site["bucket"], entry["key"], entry["version_id"], s3)
        if entry["version_id"]
        else remove(site["bucket"], entry["key"], s3)
        for entry in entries
    ]
    return {"restored": sum(changed)}


def put_back(bucket: str, key: str, version_id: str, s3: Any) -> bool:
    """Make a captured version the current one; False where it is, or its copy."""
    captured = sites.head(bucket, key, s3, version_id)
    if captured is None:
        raise ArtifactMissing(
            f"Version {version_id} of s3://{bucket}/{key} was deleted, so the site cannot be "
            "put back. Publish the previous release again, and keep noncurrent versions longer."
        )
    current = sites.head(bucket, key, s3)
    if current and all(current[part] == captured[part] for part in ("ETag", "Metadata")):
        return False
    with raising(ERRORS, f"s3://{bucket}/{key}"):
        s3.copy_object(
            Bucket=bucket,
            Key=key,
            CopySource={"Bucket": bucket, "Key": key, "VersionId": version_id},
        )
    return True


def remove(bucket: str, key: str, s3: Any) -> bool:
    """Remove an entry object that was not there before; the bucket keeps its version."""
    if sites.head(bucket, key, s3) is None:
        return False
    with raising(ERRORS, f"s3://{bucket}/{key}"):
        s3.delete_object(Bucket=bucket, Key=key)
    return True
