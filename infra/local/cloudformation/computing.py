"""Resource types that compute: instances, launched as by any other client."""

import base64
from typing import Any

from infra.local.cloudformation.kinds import Kind, Made, Resource, tag_list

# What RunInstances takes under the name that a template has for it.
LAUNCHED_WITH = (
    "BlockDeviceMappings",
    "DisableApiTermination",
    "EbsOptimized",
    "HibernationOptions",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "KeyName",
    "LaunchTemplate",
    "MetadataOptions",
    "Monitoring",
    "NetworkInterfaces",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
)
ATTRIBUTES = {
    "PrivateDnsName": "PrivateDnsName",
    "PrivateIp": "PrivateIpAddress",
    "PublicDnsName": "PublicDnsName",
    "PublicIp": "PublicIpAddress",
    "VpcId": "VpcId",
}


class Instance(Kind):
    """AWS::EC2::Instance."""

    service = "ec2"
    replaced_by = frozenset(
        {"AvailabilityZone", "ImageId", "KeyName", "LaunchTemplate", "SubnetId", "UserData"}
    )

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Launch the instance."""
        asked = {key: properties[key] for key in LAUNCHED_WITH if key in properties}
        if profile := properties.get("IamInstanceProfile"):
            asked["IamInstanceProfile"] = {"Name": profile}
        if zone := properties.get("AvailabilityZone"):
            asked["Placement"] = {"AvailabilityZone": zone}
        if script := properties.get("UserData"):
            # The client encodes it again.
            asked["UserData"] = base64.b64decode(script).decode()
        if tags := tag_list(properties):
            asked["TagSpecifications"] = [{"ResourceType": "instance", "Tags": tags}]
        reply = self.call("run_instances", MinCount=1, MaxCount=1, **asked)
        (made,) = reply["Instances"]
        instance = made["InstanceId"]
        known = {name: made.get(key, "") for name, key in ATTRIBUTES.items()}
        zone = made["Placement"]["AvailabilityZone"]
        return Made(instance, {**known, "InstanceId": instance, "AvailabilityZone": zone})

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change its type, which stops it meanwhile, its security groups and its tags."""
        instance, before = resource.physical_resource_id, resource.properties
        if properties.get("InstanceType") != before.get("InstanceType"):
            kind = {"Value": properties["InstanceType"]}
            self.call("stop_instances", InstanceIds=[instance])
            self.call("modify_instance_attribute", InstanceId=instance, InstanceType=kind)
            self.call("start_instances", InstanceIds=[instance])
        if (groups := properties.get("SecurityGroupIds")) != before.get("SecurityGroupIds"):
            self.call("modify_instance_attribute", InstanceId=instance, Groups=groups)
        if tags := tag_list(properties):
            self.call("create_tags", Resources=[instance], Tags=tags)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Terminate the instance."""
        self.call("terminate_instances", InstanceIds=[resource.physical_resource_id])


TYPES: dict[str, type[Kind]] = {"AWS::EC2::Instance": Instance}
