"""The evidence bucket as a place where nothing is written over."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tasks.drills import papers
from tasks.errors import EvidenceNotWritten, TaskError, Unavailable
from tasks.runtime import iso, raising

PERMISSIONS = {
    **papers.READS,
    **papers.WRITES,
    "s3:GetObjectVersion": "${EvidenceBucket.Arn}/drills/*",
    "s3:GetObjectRetention": "${EvidenceBucket.Arn}/drills/*",
    "s3:GetBucketObjectLockConfiguration": "${EvidenceBucket.Arn}",
}
ERRORS: dict[str, type[TaskError]] = {"ConditionalRequestConflict": Unavailable}
NO_LOCK = "NONE"
MOST_NUMBERS = 20

Document = dict[str, Any]


class Kept(NamedTuple):
    """An object that was written and read back; `lock` is Object Lock's mode, or NONE."""

    key: str
    digest: str
    version: str
    lock: str
    locked_until: str


class Vault:
    """The bucket, with Object Lock where it was made with it."""

    def __init__(self, bucket: str, s3: Any) -> None:
        self.bucket, self.s3 = bucket, s3

    def lock(self) -> dict[str, Any]:
        """Say how long a new object is locked, as the bucket is set up now."""
        with raising(ERRORS, self.bucket):
            try:
                reply = self.s3.get_object_lock_configuration(Bucket=self.bucket)
            except self.s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
                    raise
                return {"mode": NO_LOCK, "days": 0}
        rule = reply["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
        days = rule.get("Days", 365 * rule.get("Years", 0))
        return {"mode": rule.get("Mode", NO_LOCK), "days": days}

    def keep(self, drill: str, document: Callable[[str, str], Document]) -> tuple[Kept, Document]:
        """Write a drill's evidence under the first key that is free, and read it back."""
        return self.keep_as(papers.key(drill, "evidence"), document)

    def keep_as(self, stem: str, document: Callable[[str, str], Document]) -> tuple[Kept, Document]:
        """Write a document as the first of stem.json, stem-2.json … that is free, and read it back.

        `document` makes it of its own key and of the one that it supersedes. The same content
        is the same object.
        """
        before = ""
        for number in range(1, MOST_NUMBERS + 1):
            key = f"{stem}{f'-{number}' if number > 1 else ''}.json"
            evidence = document(key, before)
            content = papers.canonical(evidence)
            version = self._put_new(key, content)
            found, kept = self._read(key, version)
            if found == content:
                return kept, evidence
            if version:
                raise EvidenceNotWritten(
                    f"s3://{self.bucket}/{key} was written and something else is read: "
                    f"{kept.digest} instead of {papers.sha256(content)}"
                )
            before = f"{key} {kept.digest}"
        raise EvidenceNotWritten(f"There are {MOST_NUMBERS} of {stem}.json already")

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Write an object; under versioning, what was there before stays as a version."""
        with raising(ERRORS, f"s3://{self.bucket}/{key}"):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=content_type)

    def _put_new(self, key: str, content: bytes) -> str:
        """Write an object unless there is one; gives its version, empty where there is one."""
        with raising(ERRORS, f"s3://{self.bucket}/{key}"):
            try:
                reply = self.s3.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=content,
                    ContentType=papers.JSON,
                    ChecksumAlgorithm="SHA256",
                    IfNoneMatch="*",
                )
            except self.s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "PreconditionFailed":
                    raise
                return ""
        return str(reply.get("VersionId", "null"))

    def _read(self, key: str, version: str) -> tuple[bytes, Kept]:
        named = {"VersionId": version} if version not in ("", "null") else {}
        with raising(ERRORS, f"s3://{self.bucket}/{key}"):
            reply = self.s3.get_object(Bucket=self.bucket, Key=key, **named)
            content = reply["Body"].read()
        until = reply.get("ObjectLockRetainUntilDate")
        kept = Kept(
            key,
            papers.sha256(content),
            reply.get("VersionId", "null"),
            reply.get("ObjectLockMode", NO_LOCK),
            iso(until) if until else "",
        )
        return content, kept


def sum_of(key: str, digest: str) -> bytes:
    """Write the digest of an object as sha256sum reads it."""
    return f"{digest}  {key.rsplit('/', 1)[1]}\n".encode()
