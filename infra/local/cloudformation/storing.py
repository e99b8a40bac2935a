"""Resource types that keep things: tables and buckets."""

from typing import Any

from botocore.exceptions import ClientError

from infra.local.cloudformation.kinds import Kind, Made, Policy, Resource, tag_list, without


class Table(Kind):
    """AWS::DynamoDB::Table, with expiry, point-in-time recovery and streams."""

    service = "dynamodb"
    name_property = "TableName"
    replaced_by = frozenset({"KeySchema", "LocalSecondaryIndexes"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the table."""
        asked = {**_as_api(properties), "TableName": name, "Tags": tag_list(properties)}
        self.call("create_table", **asked)
        return self._made(name)

    def settle(self, resource: Resource) -> None:
        """Set expiry and recovery, which are no part of making a table."""
        self._expire(resource.physical_resource_id, {}, resource.properties)
        self._recover(resource.physical_resource_id, {}, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change the table, one kind of change after the other as DynamoDB wants it."""
        name, before = resource.physical_resource_id, resource.properties
        simple = ("BillingMode", "ProvisionedThroughput", "TableClass", "DeletionProtectionEnabled")
        asked: dict[str, Any] = {
            key: properties[key]
            for key in (*simple, "SSESpecification")
            if key in properties and properties[key] != before.get(key)
        }
        if properties.get("StreamSpecification") != before.get("StreamSpecification"):
            stream = {"StreamEnabled": "StreamSpecification" in properties}
            asked["StreamSpecification"] = stream | properties.get("StreamSpecification", {})
        if asked:
            self.call("update_table", TableName=name, **_as_api(asked))
        self._index(name, before, properties)
        self._expire(name, before, properties)
        self._recover(name, before, properties)
        return self._made(name)

    def delete(self, resource: Resource) -> None:
        """Delete the table with its items."""
        self.call("delete_table", TableName=resource.physical_resource_id)

    def _made(self, name: str) -> Made:
        table = self.aws.describe_table(TableName=name)["Table"]
        stream = {"StreamArn": table["LatestStreamArn"]} if "LatestStreamArn" in table else {}
        return Made(name, {"Arn": table["TableArn"], **stream})

    def _index(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        old, new = _indexes(before), _indexes(properties)
        changes = [{"Delete": {"IndexName": index}} for index in old if index not in new]
        changes += [{"Create": new[index]} for index in new if index not in old]
        for change in changes:
            self.call(
                "update_table",
                TableName=name,
                AttributeDefinitions=properties["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[change],
            )

    def _expire(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        old, new = before.get("TimeToLiveSpecification"), properties.get("TimeToLiveSpecification")
        if new != old:
            setting = new or {**(old or {}), "Enabled": False}
            self.call("update_time_to_live", TableName=name, TimeToLiveSpecification=setting)

    def _recover(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        key = "PointInTimeRecoverySpecification"
        if properties.get(key) != before.get(key):
            setting = properties.get(key, {"PointInTimeRecoveryEnabled": False})
            self.call("update_continuous_backups", TableName=name, **{key: setting})


def _as_api(properties: dict[str, Any]) -> dict[str, Any]:
    asked = dict(properties)
    if "StreamSpecification" in asked:
        asked["StreamSpecification"] = {"StreamEnabled": True, **asked["StreamSpecification"]}
    if "SSESpecification" in asked:
        renamed = {"SSEEnabled": "Enabled"}
        encryption = asked["SSESpecification"].items()
        asked["SSESpecification"] = {renamed.get(key, key): value for key, value in encryption}
    return asked


def _indexes(properties: dict[str, Any]) -> dict[str, Any]:
    return {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", [])}


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
    "AWS::DynamoDB::Table": Table,
    "AWS::S3::Bucket": Bucket,
    "AWS::S3::BucketPolicy": BucketPolicy,
}
