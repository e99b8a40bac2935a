"""Static sites: a release's files under a prefix of their own, and entry objects that point there.

Visitors ask for the entry objects (index.html) by fixed names; every other file has the
release in its key and never changes, so that going back is putting the entries back.
"""

from typing import Any

from tasks.errors import ArtifactMissing, TaskError
from tasks.runtime import raising

BUCKET_ARN = "arn:${AWS::Partition}:s3:::${System}-*"
OBJECT_ARN = f"{BUCKET_ARN}/*"
ERRORS: dict[str, type[TaskError]] = {
    "NoSuchBucket": ArtifactMissing,
    "NoSuchKey": ArtifactMissing,
    "NoSuchVersion": ArtifactMissing,
}


def head(bucket: str, key: str, s3: Any, version_id: str = "") -> dict[str, Any] | None:
    """Describe an object or one version of it; None where there is none.

    Without s3:ListBucket S3 answers 403 where there is none.
    """
    request = {"Bucket": bucket, "Key": key, **({"VersionId": version_id} if version_id else {})}
    with raising(ERRORS, f"s3://{bucket}/{key}"):
        try:
            return s3.head_object(**request)
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchVersion"):
                return None
            raise
