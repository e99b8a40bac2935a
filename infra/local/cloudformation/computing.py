"""Resource types that compute: instances, launched as by any other client, and volumes."""

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

POLL_SECONDS = 5


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


class Volume(Kind):
    """AWS::EC2::Volume."""

    service = "ec2"
    replaced_by = frozenset({"AvailabilityZone", "Encrypted", "KmsKeyId", "SnapshotId"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Make the volume, and wait until it is available."""
        asked = dict(properties)
        if tags := tag_list(properties):
            asked["TagSpecifications"] = [{"ResourceType": "volume", "Tags": tags}]
        volume = self.call("create_volume", **asked)["VolumeId"]
        return Made(volume, {"VolumeId": volume})

    def settle(self, resource: Resource) -> None:
        """Wait until the volume is available."""
        asked = {"VolumeIds": [resource.physical_resource_id]}
        while self.call("describe_volumes", **asked)["Volumes"][0]["State"] == "creating":
            self.account.clock.wait(POLL_SECONDS)

    def update(self, resource: Resource, properties: dict[str, Any]) -> Made:
        """Change its size, type and speed in place, and its tags."""
        volume, before = resource.physical_resource_id, resource.properties
        names = ("Size", "VolumeType", "Iops", "Throughput")
        asked = {
            name: properties[name]
            for name in names
            if name in properties and properties[name] != before.get(name)
        }
        if asked:
            self.call("modify_volume", VolumeId=volume, **asked)
        if tags := tag_list(properties):
            self.call("create_tags", Resources=[volume], Tags=tags)
        return resource.made

    def delete(self, resource: Resource) -> None:
        """Delete the volume, after a last snapshot where its policy says so."""
        volume = resource.physical_resource_id
        if resource.policies.get("DeletionPolicy") == "Snapshot":
            self.call("create_snapshot", VolumeId=volume)
        self.call("delete_volume", VolumeId=volume)


class VolumeAttachment(Kind):
    """AWS::EC2::VolumeAttachment."""

    service = "ec2"
    replaced_by = frozenset({"Device", "InstanceId", "VolumeId"})

    def create(self, name: str, properties: dict[str, Any]) -> Made:
        """Attach the volume."""
        self.call("attach_volume", **properties)
        return Made(f"{properties['VolumeId']}|{properties['InstanceId']}")

    def delete(self, resource: Resource) -> None:
        """Detach the volume."""
        self.call("detach_volume", **resource.properties)


TYPES: dict[str, type[Kind]] = {
    "AWS::EC2::Instance": Instance,
    "AWS::EC2::Volume": Volume,
    "AWS::EC2::VolumeAttachment": VolumeAttachment,
}
