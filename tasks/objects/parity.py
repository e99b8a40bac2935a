"""The settings of a bucket that a restore to a new one does not bring along.

Each is read in the same way from both buckets; whether it is put back in the copy, or left
with a reason, is said here once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.objects import settings

Document = Mapping[str, Any]
READ_ACTIONS = (
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetBucketCORS",
    "s3:GetBucketTagging",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketPolicy",
    "s3:GetBucketNotification",
    "s3:GetReplicationConfiguration",
    "s3:GetBucketLogging",
    "s3:GetBucketWebsite",
    "s3:GetBucketObjectLockConfiguration",
)
WRITE_ACTIONS = (
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketCORS",
    "s3:PutBucketTagging",
)
OWN_TAGS = "daytwo:"
ABSENT = "the source has none, and the copy's own does no harm"
ACTS = "it would act on other resources from a copy"
OPENS = "a copy is open to nobody else"
FOREIGN_KEY = "its KMS key is in another Region"
UNDELETABLE = "it would keep the copy from being deleted"


@dataclass(frozen=True)
class Setting:
    """One setting: how it is read, how it is put back, and why it is not."""

    name: str
    operation: str
    put_back: Callable[[str, Document, Document, Any], Any] | None = None
    left: str = ""

    def reason(self, wanted: Document, one_region: bool) -> str:
        """Say why the copy keeps its own; "" where it is put back."""
        if not wanted:
            return ABSENT
        rules = wanted.get("ServerSideEncryptionConfiguration", {})
        return self.left if settings.usable(rules, one_region) else FOREIGN_KEY

    def put(self, bucket: str, wanted: Document, before: Document, s3: Any) -> None:
        """Put the wanted document in the place of the one that is there."""
        if self.put_back:
            self.put_back(bucket, wanted, before, s3)

    def comparable(self, document: Document) -> str:
        """Give what two equal settings have in common, whatever order S3 tells them in."""
        if self.name == "tags":
            document = {tag["Key"]: tag["Value"] for tag in foreign_tags(document)}
        return json.dumps(document, sort_keys=True, default=str)


def read_all(bucket: str, s3: Any) -> dict[str, dict[str, Any]]:
    """Read all settings of a bucket, by their names."""
    return {one.name: settings.read(one.operation, bucket, s3) for one in SETTINGS}


def told(document: Document) -> str:
    """Name a setting in evidence: its words where they are few, else their hash."""
    text = json.dumps(document, sort_keys=True, default=str) if document else "not set"
    return text if len(text) <= 120 else f"sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def foreign_tags(document: Document) -> list[dict[str, str]]:
    """List the tags that are neither the drill's nor AWS's own."""
    tags: list[dict[str, str]] = document.get("TagSet", [])
    return [tag for tag in tags if not tag["Key"].startswith((OWN_TAGS, "aws:"))]


def _versioning(bucket: str, wanted: Document, before: Document, s3: Any) -> None:
    # Versioning that was ever on can be suspended only.
    status = wanted.get("Status", "Suspended")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def _encryption(bucket: str, wanted: Document, before: Document, s3: Any) -> None:
    s3.put_bucket_encryption(Bucket=bucket, **wanted)


def _lifecycle(bucket: str, wanted: Document, before: Document, s3: Any) -> None:
    rules = {"Rules": wanted["Rules"]}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules)


def _cors(bucket: str, wanted: Document, before: Document, s3: Any) -> None:
    rules = {"CORSRules": wanted["CORSRules"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=rules)


def _tags(bucket: str, wanted: Document, before: Document, s3: Any) -> None:
    own = [tag for tag in before.get("TagSet", []) if tag["Key"].startswith(OWN_TAGS)]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [*own, *foreign_tags(wanted)]})


SETTINGS = (
    Setting("versioning", "get_bucket_versioning", _versioning),
    Setting("encryption", "get_bucket_encryption", _encryption),
    Setting("lifecycle", "get_bucket_lifecycle_configuration", _lifecycle),
    Setting("cors", "get_bucket_cors", _cors),
    Setting("tags", "get_bucket_tagging", _tags),
    Setting("public access block", "get_public_access_block", left=OPENS),
    Setting("policy", "get_bucket_policy", left=OPENS),
    Setting("website", "get_bucket_website", left=OPENS),
    Setting("notifications", "get_bucket_notification_configuration", left=ACTS),
    Setting("replication", "get_bucket_replication", left=ACTS),
    Setting("logging", "get_bucket_logging", left=ACTS),
    Setting("object lock", "get_object_lock_configuration", left=UNDELETABLE),
)
