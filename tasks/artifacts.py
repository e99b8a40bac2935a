"""Objects of a release in the artifacts bucket, taken only if they are what was published."""

import hashlib
from collections.abc import Iterator
from typing import Any

from tasks.errors import ArtifactChanged, ArtifactMissing, TaskError
from tasks.runtime import raising

# What reading takes. Without s3:ListBucket a missing object is told as a refused one
# (Amazon S3 API Reference, "GetObject", Permissions).
PERMISSIONS = {
    "s3:GetObject": "${ArtifactsBucket.Arn}/releases/*",
    "s3:ListBucket": "${ArtifactsBucket.Arn}",
}
ERRORS: dict[str, type[TaskError]] = {"NoSuchKey": ArtifactMissing}
CHUNK_BYTES = 1024 * 1024


def folder(system: str, release: str) -> str:
    """Where the objects of a release lie, with a slash at its end."""
    return f"releases/{system}/{release}/"


def read(key: str, sha256: str, bucket: str, s3: Any) -> bytes:
    """Give the object's bytes; raises ArtifactMissing, or ArtifactChanged with both digests."""
    content = b"".join(chunks(key, bucket, s3))
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ArtifactChanged(changed(key, sha256, found))
    return content


def measure(key: str, bucket: str, s3: Any) -> str:
    """Give the SHA-256 of the object as hex, without holding it in memory whole."""
    digest = hashlib.sha256()
    for chunk in chunks(key, bucket, s3):
        digest.update(chunk)
    return digest.hexdigest()


def chunks(key: str, bucket: str, s3: Any) -> Iterator[bytes]:
    """Give the object's bytes in pieces; raises ArtifactMissing."""
    with raising(ERRORS, f"s3://{bucket}/{key}"):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
        while chunk := body.read(CHUNK_BYTES):
            yield chunk


def changed(key: str, expected: str, found: str) -> str:
    """Say that an object is another one than was published."""
    return f"{key} was changed after publishing: expected {short(expected)}, found {short(found)}"


def short(digest: str) -> str:
    """Shorten a digest to what tells two apart in a message."""
    return digest[:12]
