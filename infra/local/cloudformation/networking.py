"""Resource types of the network: security groups, and route tables."""

from typing import Any

from infra.local.cloudformation.kinds import Kind, Made, Resource, tag_list

# What a template says of a rule -> where the API has it, and what it is called there.
SOURCES = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}
PORTS: tuple[str, ...] = ("IpProtocol", "FromPort", "ToPort")
DIRECTIONS = {
    "SecurityGroupIngress": ("security_group_ingress", "IpPermissions"),
    "SecurityGroupEgress": ("security_group_egress", "IpPermissionsEgress"),
}


class SecurityGroup(Kind):
    """AWS::EC2::SecurityGroup; with rules of its own nothing else is let out."""

    service = "ec2"
    name_property = "GroupName"
    replaced_by = frozenset({"GroupDescription", "VpcId"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the group."""
        tags = [{"ResourceType": "security-group", "Tags": tag_list(properties)}]
        vpc = {"VpcId": properties["VpcId"]} if "VpcId" in properties else {}
        made = self.call(
            "create_security_group",
            GroupName=name,
            Description=properties["GroupDescription"],
            TagSpecifications=tags if tags[0]["Tags"] else None,
            **vpc,
        )
        group = made["GroupId"]
        return Made(group, {"GroupId": group, "VpcId": self._described(group)["VpcId"]})

    def settle(self, resource: Resource) -> None:
        """Set its rules."""
        self._set_rules(resource.physical_resource_id, resource.properties, {})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set its rules and tags anew."""
        group = resource.physical_resource_id
        self._set_rules(group, properties, resource.properties)
        if tags := tag_list(properties):
            self.call("create_tags", Resources=[group], Tags=tags)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the group."""
        self.call("delete_security_group", GroupId=resource.physical_resource_id)

    def _set_rules(self, group: str, wanted: dict[str, Any], before: dict[str, Any]) -> None:
        for name, (direction, permissions) in DIRECTIONS.items():
            if not wanted.get(name) and not before.get(name):
                continue
            if there := self._described(group)[permissions]:
                self.call(f"revoke_{direction}", GroupId=group, IpPermissions=there)
            if rules := [_rule(rule) for rule in wanted.get(name, [])]:
                self.call(f"authorize_{direction}", GroupId=group, IpPermissions=rules)

    def _described(self, group: str) -> dict[str, Any]:
        found: dict[str, Any] = self.aws.describe_security_groups(GroupIds=[group])[
            "SecurityGroups"
        ][0]
        return found


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Write a rule of a template as the API has it."""
    written: dict[str, Any] = {key: rule[key] for key in PORTS if key in rule}
    words = {key: rule[key] for key in ("Description",) if key in rule}
    for name, (place, key) in SOURCES.items():
        if name in rule:
            written[place] = [{key: rule[name], **words}]
    return written


class RouteTable(Kind):
    """AWS::EC2::RouteTable, which moto makes and leaves behind, so that its VPC stays."""

    service = "ec2"
    replaced_by = frozenset({"VpcId"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the table."""
        tags = [{"ResourceType": "route-table", "Tags": tag_list(properties)}]
        made = self.call(
            "create_route_table",
            VpcId=properties["VpcId"],
            TagSpecifications=tags if tags[0]["Tags"] else None,
        )
        table = made["RouteTable"]["RouteTableId"]
        return Made(table, {"RouteTableId": table})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Set its tags anew."""
        if tags := tag_list(properties):
            self.call("create_tags", Resources=[resource.physical_resource_id], Tags=tags)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the table."""
        self.call("delete_route_table", RouteTableId=resource.physical_resource_id)


TYPES: dict[str, type[Kind]] = {
    "AWS::EC2::SecurityGroup": SecurityGroup,
    "AWS::EC2::RouteTable": RouteTable,
}
