"""Settings of buckets as S3's API gives them; what is not set is an empty document."""

from collections.abc import Mapping
from typing import Any

from tasks.errors import TaskError
from tasks.runtime import raising

# The four switches of "Block public access", S3 API Reference "PublicAccessBlockConfiguration".
PRIVATE = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ABSENT = (
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NoSuchWebsiteConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
)
ERRORS: dict[str, type[TaskError]] = {}


def read(operation: str, bucket: str, s3: Any) -> dict[str, Any]:
    """Read one configuration of a bucket, such as get_bucket_cors; {} where there is none."""
    with raising(ERRORS, f"s3://{bucket}"):
        try:
            reply = getattr(s3, operation)(Bucket=bucket)
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return {}
            raise
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


def tags(bucket: str, s3: Any) -> dict[str, str]:
    """Read a bucket's tags."""
    found = read("get_bucket_tagging", bucket, s3).get("TagSet", [])
    return {tag["Key"]: tag["Value"] for tag in found}


def encryption(bucket: str, s3: Any) -> dict[str, Any]:
    """Read how a bucket encrypts new objects."""
    found = read("get_bucket_encryption", bucket, s3)
    return dict(found.get("ServerSideEncryptionConfiguration", {}))


def usable(encrypted: Mapping[str, Any], one_region: bool) -> bool:
    """Tell whether a copy can encrypt so: a KMS key cannot be used in another Region."""
    keys = [
        rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", "")
        for rule in encrypted.get("Rules", [])
    ]
    return one_region or not any(keys)
