"""Resource types of Route 53: hosted zones, health checks, record sets."""

import uuid
from typing import Any

from infra.local.cloudformation.kinds import Kind, Made, Resource, tag_list, without

# Of a health check's configuration, what cannot be changed.
FIXED = ("Type", "MeasureLatency", "RequestInterval")


class HostedZone(Kind):
    """AWS::Route53::HostedZone; a public one."""

    service = "route53"
    name_property = "Name"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the zone."""
        made = self.call(
            "create_hosted_zone",
            Name=properties["Name"],
            CallerReference=str(uuid.uuid4()),
            HostedZoneConfig=properties.get("HostedZoneConfig"),
        )
        zone = made["HostedZone"]["Id"].rpartition("/")[2]
        servers = made["DelegationSet"]["NameServers"]
        return Made(zone, {"Id": zone, "NameServers": servers})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set its comment anew."""
        comment = properties.get("HostedZoneConfig", {}).get("Comment", "")
        zone = resource.physical_resource_id
        self.call("update_hosted_zone_comment", Id=zone, Comment=comment)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the zone, which has to be empty."""
        self.call("delete_hosted_zone", Id=resource.physical_resource_id)


class HealthCheck(Kind):
    """AWS::Route53::HealthCheck."""

    service = "route53"

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the health check."""
        made = self.call(
            "create_health_check",
            CallerReference=str(uuid.uuid4()),
            HealthCheckConfig=properties["HealthCheckConfig"],
        )
        identifier = made["HealthCheck"]["Id"]
        return Made(identifier, {"HealthCheckId": identifier})

    def settle(self, resource: Resource) -> None:
        """Tag it."""
        self._tag(resource.physical_resource_id, resource.properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change how it looks."""
        config = without(properties["HealthCheckConfig"], *FIXED)
        self.call("update_health_check", HealthCheckId=resource.physical_resource_id, **config)
        self._tag(resource.physical_resource_id, properties)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the health check."""
        self.call("delete_health_check", HealthCheckId=resource.physical_resource_id)

    def needs_replacement(self, resource: Resource, properties: dict[str, Any]) -> bool:
        """Tell whether what cannot be changed is to change."""
        before, after = resource.properties["HealthCheckConfig"], properties["HealthCheckConfig"]
        return any(before.get(name) != after.get(name) for name in FIXED)

    def _tag(self, identifier: str, properties: dict[str, Any]) -> None:
        if tags := tag_list({"Tags": properties.get("HealthCheckTags", [])}):
            self.call(
                "change_tags_for_resource",
                ResourceType="healthcheck",
                ResourceId=identifier,
                AddTags=tags,
            )


class RecordSet(Kind):
    """AWS::Route53::RecordSet."""

    service = "route53"
    replaced_by = frozenset({"HostedZoneId", "HostedZoneName", "Name"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the record sets, all or none."""
        self._change(properties, [("CREATE", one) for one in self.records(properties)])
        return self.made(name, properties)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set the record sets anew, and delete those that are no longer named."""
        wanted = self.records(properties)
        kept = {_key(one) for one in wanted}
        gone = [one for one in self.records(resource.properties) if _key(one) not in kept]
        changes = [("UPSERT", one) for one in wanted] + [("DELETE", one) for one in gone]
        self._change(properties, changes)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the record sets."""
        gone = self.records(resource.properties)
        self._change(resource.properties, [("DELETE", one) for one in gone])

    def records(self, properties: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the record sets as the template has them."""
        return [properties]

    def made(self, name: str, properties: dict[str, Any]) -> Made:
        """Say what Ref answers: the record's name."""
        return Made(str(properties["Name"]))

    def _change(self, properties: dict[str, Any], changes: list[tuple[str, Any]]) -> None:
        written = [{"Action": verb, "ResourceRecordSet": _written(one)} for verb, one in changes]
        zone = properties.get("HostedZoneId") or self._zone(properties["HostedZoneName"])
        batch = {"Changes": written}
        self.call("change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch)

    def _zone(self, name: str) -> str:
        zones = self.aws.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
        return str(zones[0]["Id"])


class RecordSetGroup(RecordSet):
    """AWS::Route53::RecordSetGroup."""

    replaced_by = frozenset({"HostedZoneId", "HostedZoneName"})

    def records(self, properties: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the record sets as the template has them."""
        records: list[dict[str, Any]] = properties["RecordSets"]
        return records

    def made(self, name: str, properties: dict[str, Any]) -> Made:
        """Say what Ref answers: the group's name."""
        return Made(name)


def _written(record: dict[str, Any]) -> dict[str, Any]:
    """Write a record set of a template as the API has it."""
    values = [{"Value": str(value)} for value in record.get("ResourceRecords", [])]
    return {**record, "ResourceRecords": values} if values else record


def _key(record: dict[str, Any]) -> tuple[str, str, str]:
    return record["Name"].rstrip("."), record["Type"], record.get("SetIdentifier", "")


TYPES: dict[str, type[Kind]] = {
    "AWS::Route53::HealthCheck": HealthCheck,
    "AWS::Route53::HostedZone": HostedZone,
    "AWS::Route53::RecordSet": RecordSet,
    "AWS::Route53::RecordSetGroup": RecordSetGroup,
}
