"""Resource types of DynamoDB: tables, global tables, and how they scale."""

import dataclasses
from collections.abc import Callable
from typing import Any

from infra.local.cloudformation.kinds import (
    Kind,
    Made,
    Resource,
    tag_list,
    tag_map,
    without,
)

SIMPLE = (
    "BillingMode",
    "ProvisionedThroughput",
    "TableClass",
    "DeletionProtectionEnabled",
    "SSESpecification",
)


POLICY = (
    "PolicyType",
    "StepScalingPolicyConfiguration",
    "TargetTrackingScalingPolicyConfiguration",
)
TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


class Table(Kind):
    """AWS::DynamoDB::Table, with expiry, recovery, streams, tags, its policy and insights."""

    service = "dynamodb"
    name_property = "TableName"
    replaced_by = frozenset({"KeySchema", "LocalSecondaryIndexes"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the table."""
        asked = {**_as_api(properties), "TableName": name, "Tags": tag_list(properties)}
        self.call("create_table", **without(asked, "ResourcePolicy"))
        return self._made(name)

    def settle(self, resource: Resource) -> None:
        """Set what is no part of making a table."""
        self.set_up(resource.physical_resource_id, {}, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change the table, one kind of change after the other as DynamoDB wants it."""
        name, before = resource.physical_resource_id, resource.properties
        asked: dict[str, Any] = {
            key: properties[key]
            for key in SIMPLE
            if key in properties and properties[key] != before.get(key)
        }
        if properties.get("StreamSpecification") != before.get("StreamSpecification"):
            stream = {"StreamEnabled": "StreamSpecification" in properties}
            asked["StreamSpecification"] = stream | properties.get("StreamSpecification", {})
        if asked:
            self.call("update_table", TableName=name, **_as_api(asked))
        self._index(name, before, properties)
        self.tag(name, before, properties)
        self.set_up(name, before, properties)
        return self._made(name)

    def delete(self, resource: Resource) -> None:
        """Delete the table with its items."""
        self.call("delete_table", TableName=resource.physical_resource_id)

    def set_up(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        """Set what has a call of its own, where it changed."""
        calls: tuple[tuple[str, Callable[[str, Any, Any], None]], ...] = (
            ("TimeToLiveSpecification", self._expire),
            ("PointInTimeRecoverySpecification", self._recover),
            ("ResourcePolicy", self._allow),
            ("ContributorInsightsSpecification", self._observe),
        )
        for key, change in calls:
            if properties.get(key) != before.get(key):
                change(name, before.get(key) or {}, properties.get(key) or {})

    def tag(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        """Change the table's tags."""
        arn, old, new = self._arn(name), tag_map(before), tag_map(properties)
        gone = [key for key in old if key not in new]
        if gone:
            self.call("untag_resource", ResourceArn=arn, TagKeys=gone)
        if new != old:
            self.call("tag_resource", ResourceArn=arn, Tags=tag_list(properties))

    def _made(self, name: str) -> Made:
        table = self.aws.describe_table(TableName=name)["Table"]
        stream = {"StreamArn": table["LatestStreamArn"]} if "LatestStreamArn" in table else {}
        return Made(name, {"Arn": table["TableArn"], "TableId": table.get("TableId", ""), **stream})

    def _arn(self, name: str) -> str:
        return str(self.aws.describe_table(TableName=name)["Table"]["TableArn"])

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

    def _expire(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        was, will = (str(each.get("Enabled", False)).lower() == "true" for each in (old, new))
        if was is not will:
            setting = {**old, **new, "Enabled": will}
            self.call("update_time_to_live", TableName=name, TimeToLiveSpecification=setting)

    def _recover(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        setting = new or {"PointInTimeRecoveryEnabled": False}
        self.call(
            "update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=setting
        )

    def _allow(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if new:
            document = new["PolicyDocument"]
            self.call("put_resource_policy", ResourceArn=self._arn(name), Policy=document)
        else:
            self.call("delete_resource_policy", ResourceArn=self._arn(name))

    def _observe(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        action = "ENABLE" if str(new.get("Enabled", False)).lower() == "true" else "DISABLE"
        self.call("update_contributor_insights", TableName=name, ContributorInsightsAction=action)


class GlobalTable(Table):
    """AWS::DynamoDB::GlobalTable: a table here and its replicas in other Regions."""

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the table of this Region."""
        return super().create(name, self._own(properties))

    def settle(self, resource: Resource) -> None:
        """Set the table up, and add its replicas."""
        super().settle(self._here(resource))
        self._replicate(resource.physical_resource_id, {}, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change the table of this Region, then the replicas."""
        made = super().update(self._here(resource), self._own(properties))
        self._replicate(resource.physical_resource_id, resource.properties, properties)
        return made

    def delete(self, resource: Resource) -> None:
        """Delete all replicas and the table of this Region."""
        self._replicate(resource.physical_resource_id, resource.properties, {})
        super().delete(resource)

    def _here(self, resource: Resource) -> Resource:
        return dataclasses.replace(resource, properties=self._own(resource.properties))

    def _own(self, properties: dict[str, Any]) -> dict[str, Any]:
        own = _replicas(properties).get(self.region, {})
        return {**without(properties, "Replicas"), **without(own, "GlobalSecondaryIndexes")}

    def _replicate(self, name: str, before: dict[str, Any], properties: dict[str, Any]) -> None:
        old, new = _replicas(before), _replicas(properties)
        changes = [{"Delete": {"RegionName": region}} for region in old if region not in new]
        changes += [{"Create": {"RegionName": region}} for region in new if region not in old]
        for change in changes:
            if self.region not in (each["RegionName"] for each in change.values()):
                self.call("update_table", TableName=name, ReplicaUpdates=[change])
        for region in set(new) - {self.region}:
            there, was = Table(self.account, region), old.get(region, {})
            there.tag(name, was, new[region])
            there.set_up(name, was, new[region])
            key = "DeletionProtectionEnabled"
            if new[region].get(key, False) != was.get(key, False):
                there.call("update_table", TableName=name, **{key: new[region].get(key, False)})


class ScalableTarget(Kind):
    """AWS::ApplicationAutoScaling::ScalableTarget."""

    service = "application-autoscaling"
    replaced_by = frozenset(TARGET)

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Register the target."""
        self.call("register_scalable_target", **properties)
        return Made("|".join(properties[key] for key in TARGET))

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Register the target with its new limits."""
        return self.create("", properties)

    def delete(self, resource: Resource) -> None:
        """Take the target out, and its policies with it."""
        self.call("deregister_scalable_target", **resource.properties)


class TargetPolicy(Kind):
    """AWS::ApplicationAutoScaling::ScalingPolicy, which may name its target by what Ref gives."""

    service = "application-autoscaling"
    name_property = "PolicyName"
    replaced_by = frozenset({*TARGET, "ScalingTargetId"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Put the policy."""
        asked = {**_target(properties), "PolicyName": properties["PolicyName"]}
        asked |= {key: properties[key] for key in POLICY if key in properties}
        made = self.call("put_scaling_policy", **asked)
        return Made(made["PolicyARN"], {"Arn": made["PolicyARN"]})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Put the policy anew."""
        return self.create("", properties)

    def delete(self, resource: Resource) -> None:
        """Delete the policy."""
        asked = {**_target(resource.properties), "PolicyName": resource.properties["PolicyName"]}
        self.call("delete_scaling_policy", **asked)


def _target(properties: dict[str, Any]) -> dict[str, str]:
    if "ScalingTargetId" in properties:
        return dict(zip(TARGET, properties["ScalingTargetId"].split("|"), strict=True))
    return {key: properties[key] for key in TARGET}


def _replicas(properties: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["Region"]: without(each, "Region") for each in properties.get("Replicas", [])}


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


TYPES: dict[str, type[Kind]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ScalableTarget,
    "AWS::ApplicationAutoScaling::ScalingPolicy": TargetPolicy,
    "AWS::DynamoDB::GlobalTable": GlobalTable,
    "AWS::DynamoDB::Table": Table,
}
