"""Resource types that keep objects: buckets."""

from typing import Any

from botocore.exceptions import ClientError

from infra.local.cloudformation.kinds import Kind, Made, Policy, Resource, without


class Bucket(Kind):
    """AWS::S3::Bucket."""

    service = "s3"
    name_property = "BucketName"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the bucket."""
        place = {}
        if self.region != "us-east-1":
            place["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
        lock = properties.get("ObjectLockEnabled", False)
        self.call("create_bucket", Bucket=name, ObjectLockEnabledForBucket=lock, **place)
        domain = f"{name}.s3.amazonaws.com"
        return Made(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain})

    def settle(self, resource: Resource) -> None:
        """Set everything that the template says of the bucket."""
        self._set(resource.physical_resource_id, {}, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change the bucket's settings."""
        self._set(resource.physical_resource_id, resource.properties, properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the bucket, which S3 refuses while there is anything in it."""
        self.call("delete_bucket", Bucket=resource.physical_resource_id)

    def _set(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        for key, (operation, write, removal) in SETTINGS.items():
            if properties.get(key) == before.get(key):
                continue
            if key in properties:
                self.call(operation, Bucket=name, **write(properties[key]))
            elif removal:
                self.call(removal, Bucket=name)


def _lifecycle(setting: dict[str, Any]) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_rule(rule) for rule in setting["Rules"]]}}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Write a lifecycle rule as the API has it, where CloudFormation's names differ."""
    written = without(rule, "Id", "Prefix", "ExpirationInDays", "TagFilters")
    if "Id" in rule:
        written["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        written["Expiration"] = {"Days": rule["ExpirationInDays"]}
    return {**written, "Filter": {"Prefix": rule.get("Prefix", "")}}


def _encryption(setting: dict[str, Any]) -> dict[str, Any]:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in setting["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _as_named(name: str) -> Any:
    return lambda setting: {name: setting}


# Property -> the operation that sets it, how its parameters are written, what takes it away.
SETTINGS: dict[str, tuple[str, Any, str]] = {
    "VersioningConfiguration": (
        "put_bucket_versioning",
        _as_named("VersioningConfiguration"),
        "",
    ),
    "BucketEncryption": ("put_bucket_encryption", _encryption, "delete_bucket_encryption"),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        _as_named("PublicAccessBlockConfiguration"),
        "delete_public_access_block",
    ),
    "OwnershipControls": (
        "put_bucket_ownership_controls",
        _as_named("OwnershipControls"),
        "delete_bucket_ownership_controls",
    ),
    "LifecycleConfiguration": (
        "put_bucket_lifecycle_configuration",
        _lifecycle,
        "delete_bucket_lifecycle",
    ),
    "ObjectLockConfiguration": (
        "put_object_lock_configuration",
        _as_named("ObjectLockConfiguration"),
        "",
    ),
    "Tags": (
        "put_bucket_tagging",
        lambda tags: {"Tagging": {"TagSet": tags}},
        "delete_bucket_tagging",
    ),
}


class BucketPolicy(Policy):
    """AWS::S3::BucketPolicy."""

    service = "s3"
    holders = "Bucket"

    def set_policy(self, holder: str, document: dict[str, Any] | None) -> None:
        """Set or take off a bucket's policy; a bucket that is gone has none."""
        if document is not None:
            self.call("put_bucket_policy", Bucket=holder, Policy=document)
            return
        try:
            self.call("delete_bucket_policy", Bucket=holder)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise


TYPES: dict[str, type[Kind]] = {
    "AWS::S3::Bucket": Bucket,
    "AWS::S3::BucketPolicy": BucketPolicy,
}
