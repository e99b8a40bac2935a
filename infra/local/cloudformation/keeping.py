"""Resource types that keep secrets and traces: keys, secrets, trails."""

import json
from typing import Any

from infra.local.cloudformation.kinds import Kind, Made, Resource, tag_list, without

KEY_DAYS = 30


class Key(Kind):
    """AWS::KMS::Key."""

    service = "kms"
    replaced_by = frozenset({"KeySpec", "KeyUsage", "MultiRegion", "Origin"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the key."""
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tag_list(properties)]
        asked = {**properties, "Policy": properties.get("KeyPolicy"), "Tags": tags}
        made = self.call("create_key", **asked)["KeyMetadata"]
        return Made(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})

    def settle(self, resource: Resource) -> None:
        """Let the key be rotated where the template says so."""
        self._rotate(resource.physical_resource_id, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set description, policy and rotation."""
        key = resource.physical_resource_id
        description = properties.get("Description", "")
        self.call("update_key_description", KeyId=key, Description=description)
        if policy := properties.get("KeyPolicy"):
            self.call("put_key_policy", KeyId=key, PolicyName="default", Policy=policy)
        self._rotate(key, properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Let the key be deleted after its days of waiting."""
        days = resource.properties.get("PendingWindowInDays", KEY_DAYS)
        key = resource.physical_resource_id
        self.call("schedule_key_deletion", KeyId=key, PendingWindowInDays=days)

    def _rotate(self, key: str, properties: dict[str, Any]) -> None:
        wanted = str(properties.get("EnableKeyRotation", False)).lower() == "true"
        if wanted or self.call("get_key_rotation_status", KeyId=key)["KeyRotationEnabled"]:
            verb = "enable" if wanted else "disable"
            self.call(f"{verb}_key_rotation", KeyId=key)


class Alias(Kind):
    """AWS::KMS::Alias."""

    service = "kms"
    name_property = "AliasName"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Give the key the name."""
        self.call("create_alias", AliasName=name, TargetKeyId=properties["TargetKeyId"])
        return Made(name)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Give another key the name."""
        name = resource.physical_resource_id
        self.call("update_alias", AliasName=name, TargetKeyId=properties["TargetKeyId"])
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Take the name off the key."""
        self.call("delete_alias", AliasName=resource.physical_resource_id)


class Secret(Kind):
    """AWS::SecretsManager::Secret."""

    service = "secretsmanager"
    name_property = "Name"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Keep the secret that is given, or one that is made up."""
        asked = {**properties, "Name": name, "Tags": tag_list(properties)}
        if "GenerateSecretString" in properties:
            asked["SecretString"] = self._made_up(properties["GenerateSecretString"])
        arn = self.call("create_secret", **asked)["ARN"]
        return Made(arn, {"Id": arn})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set description, key and content; what was made up stays."""
        secret = resource.physical_resource_id
        self.call("update_secret", **without(properties, "Name", "Tags"), SecretId=secret)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the secret at once, as its name may be wanted again."""
        secret = resource.physical_resource_id
        self.call("delete_secret", SecretId=secret, ForceDeleteWithoutRecovery=True)

    def _made_up(self, wanted: dict[str, Any]) -> str:
        word: str = self.call("get_random_password", **wanted)["RandomPassword"]
        if "GenerateStringKey" not in wanted:
            return word
        template = json.loads(wanted.get("SecretStringTemplate", "{}"))
        return json.dumps({**template, wanted["GenerateStringKey"]: word})


class Trail(Kind):
    """AWS::CloudTrail::Trail."""

    service = "cloudtrail"
    name_property = "TrailName"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the trail."""
        asked = {**properties, "Name": name, "KmsKeyId": properties.get("KMSKeyId")}
        arn = self.call("create_trail", **asked, TagsList=tag_list(properties))["TrailARN"]
        return Made(name, {"Arn": arn})

    def settle(self, resource: Resource) -> None:
        """Say what is logged, and begin."""
        self._log(resource.physical_resource_id, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the trail anew."""
        name = resource.physical_resource_id
        key = properties.get("KMSKeyId")
        self.call("update_trail", **{**properties, "Name": name, "KmsKeyId": key})
        self._log(name, properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the trail; what it wrote stays."""
        self.call("delete_trail", Name=resource.physical_resource_id)

    def _log(self, name: str, properties: dict[str, Any]) -> None:
        if selectors := properties.get("EventSelectors"):
            self.call("put_event_selectors", TrailName=name, EventSelectors=selectors)
        begins = str(properties["IsLogging"]).lower() == "true"
        self.call("start_logging" if begins else "stop_logging", Name=name)


TYPES: dict[str, type[Kind]] = {
    "AWS::CloudTrail::Trail": Trail,
    "AWS::KMS::Alias": Alias,
    "AWS::KMS::Key": Key,
    "AWS::SecretsManager::Secret": Secret,
}
