"""Copy a release's static files under a prefix of their own, where nobody asks for them yet."""

from typing import Any

from tasks import artifacts, digests, sites, stacks
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    "s3:GetObject": ["${ArtifactsBucket.Arn}/releases/*", sites.OBJECT_ARN],
    "s3:ListBucket": ["${ArtifactsBucket.Arn}", sites.BUCKET_ARN],
    "s3:PutObject": sites.OBJECT_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = {**sites.ERRORS, **artifacts.ERRORS}
TIMEOUT = 300
MEMORY = 512

# The release is in the key, so what a key holds never changes.
CACHE_CONTROL = "public, max-age=31536000, immutable"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return publish(
        request["site"],
        source=setting("ARTIFACTS_BUCKET"),
        own_s3=client("s3"),
        s3=client("s3", request["target"]),
    )


def publish(site: dict[str, Any], source: str, own_s3: Any, s3: Any) -> dict[str, int]:
    """Copy the files that are not there yet, and say how many the prefix has then.

    They are read in daytwo's account and written in the environment's, so that neither
    needs rights on the other's bucket; the digest is checked on the way, and by S3. Raises
    ArtifactChanged, ArtifactMissing.
    """
    files = site["files"] if site["present"] else []
    for file in files:
        key = f"{site['prefix']}{file['path']}"
        there = sites.head(site["bucket"], key, s3)
        if there and there["Metadata"].get("sha256") == file["sha256"]:
            continue
        content = artifacts.read(file["key"], file["sha256"], source, own_s3)
        with raising(ERRORS, f"s3://{site['bucket']}/{key}"):
            s3.put_object(
                Bucket=site["bucket"],
                Key=key,
                Body=content,
                ContentType=file["content_type"],
                CacheControl=CACHE_CONTROL,
                Metadata={"sha256": file["sha256"]},
                ChecksumSHA256=digests.base64_of(file["sha256"]),
            )
    return {"published": len(files)}
