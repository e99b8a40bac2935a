"""Let visitors in: put a release's entry objects where they are asked for."""

from typing import Any

from tasks import sites, stacks
from tasks.errors import ArtifactChanged, ArtifactMissing, TaskError
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **dict.fromkeys(("s3:GetObject", "s3:PutObject"), sites.OBJECT_ARN),
    "s3:ListBucket": sites.BUCKET_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {**sites.ERRORS, "PreconditionFailed": ArtifactChanged}
TIMEOUT = 60

# A browser asks each time whether the entry has changed.
CACHE_CONTROL = "no-cache"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return switch(request["site"], request["release"], client("s3", request["target"]))


def switch(site: dict[str, Any], release: str, s3: Any) -> dict[str, int]:
    """Copy the entry objects from the release's prefix to the root, those that are not there.

    Raises ArtifactMissing and ArtifactChanged where the prefix does not hold what was
    published.
    """
    entries = site["entry"] if site["present"] else []
    files = {file["path"]: file for file in site["files"]}
    for entry in entries:
        source = f"{site['prefix']}{entry}"
        published = sites.head(site["bucket"], source, s3)
        if entry not in files or published is None:
            raise ArtifactMissing(
                f"The entry {entry} is not among the release's files at "
                f"s3://{site['bucket']}/{site['prefix']}. Mend `entry` in the system's manifest, "
                "or publish a release that has it."
            )
        wanted = {"release": release, "sha256": files[entry]["sha256"]}
        if published["Metadata"].get("sha256") != wanted["sha256"]:
            raise ArtifactChanged(
                f"s3://{site['bucket']}/{source} is not what was published: somebody overwrote it."
            )
        current = sites.head(site["bucket"], entry, s3)
        if current is None or current["Metadata"] != wanted:
            point(site["bucket"], entry, source, published, wanted, s3)
    return {"switched": len(entries)}


def point(
    bucket: str,
    entry: str,
    source: str,
    published: dict[str, Any],
    metadata: dict[str, str],
    s3: Any,
) -> None:
    """Copy one entry object over, if its source is still the one that was looked at."""
    with raising(ERRORS, f"s3://{bucket}/{source}"):
        s3.copy_object(
            Bucket=bucket,
            Key=entry,
            CopySource={"Bucket": bucket, "Key": source},
            CopySourceIfMatch=published["ETag"],
            MetadataDirective="REPLACE",
            Metadata=metadata,
            ContentType=published["ContentType"],
            CacheControl=CACHE_CONTROL,
        )
