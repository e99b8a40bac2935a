"""An instance as DescribeInstances and RunInstances tell of it."""

from datetime import datetime
from typing import Any

from infra.local.ec2 import spot

Told = dict[str, Any]


def told(instance: Any) -> Told:
    """Give an instance as the API's `Instance`."""
    state, why = instance._state, instance.state_reason
    gone = state.name in ("shutting-down", "terminated")
    return {
        **_addresses(instance, gone),
        "AmiLaunchIndex": instance.ami_launch_index,
        "Architecture": instance.architecture,
        "BlockDeviceMappings": [_volume(*each) for each in instance.get_block_device_mapping],
        "ClientToken": instance.client_token,
        "EbsOptimized": bool(instance.ebs_optimized),
        "EnaSupport": instance.virtualization_type == "hvm",
        "HibernationOptions": _hibernation(instance),
        "Hypervisor": instance.hypervisor,
        "IamInstanceProfile": profile(instance),
        "ImageId": instance.image_id,
        "InstanceId": instance.id,
        "InstanceLifecycle": instance.lifecycle,
        "InstanceType": instance.instance_type,
        "KeyName": instance.key_name,
        "LaunchTime": instance.launch_time,
        "MetadataOptions": _metadata(instance.metadata_options),
        "Monitoring": {"State": instance.monitoring_state},
        "NetworkInterfaces": [] if gone else interfaces(instance),
        "Placement": _placement(instance),
        "Platform": instance.platform,
        "ProductCodes": [],
        "RootDeviceName": instance.root_device_name,
        "RootDeviceType": instance.root_device_type,
        "SecurityGroups": [] if gone else groups(instance.security_groups),
        "SourceDestCheck": instance.source_dest_check,
        "SpotInstanceRequestId": spot.request_id(instance),
        "SriovNetSupport": instance.sriov_net_support,
        "State": {"Code": state.code, "Name": state.name},
        "StateReason": {"Code": why.code, "Message": why.message} if why.code else None,
        "StateTransitionReason": instance._reason,
        "Tags": [{"Key": key, "Value": value} for key, value in tags(instance).items()],
        "VirtualizationType": instance.virtualization_type,
    }


def tags(instance: Any) -> dict[str, str]:
    """Give an instance's tags."""
    found: dict[str, str] = instance.ec2_backend.tags.get(instance.id, {})
    return found


def profile(instance: Any) -> Told | None:
    """Give the instance profile that is associated with an instance."""
    associations = instance.ec2_backend.iam_instance_profile_associations
    association = associations.get(instance.id)
    if association is None or association.state not in ("associated", "associating"):
        return None
    found = association.iam_instance_profile
    return {"Arn": found.arn, "Id": found.id}


def groups(security_groups: list[Any]) -> list[Told]:
    """Give security groups by id and name."""
    return [{"GroupId": each.id, "GroupName": each.name} for each in security_groups]


def interfaces(instance: Any) -> list[Told]:
    """Give an instance's network interfaces."""
    return [_interface(each) for each in list(instance.nics.values())]


def _addresses(instance: Any, gone: bool) -> Told:
    if gone:
        return {"PrivateDnsName": "", "PublicDnsName": ""}
    return {
        "PrivateDnsName": instance.private_dns_name,
        "PrivateIpAddress": instance.private_ip,
        "PublicDnsName": instance.public_dns_name or "",
        "PublicIpAddress": instance.public_ip,
        "SubnetId": instance.subnet_id,
        "VpcId": instance.vpc_id,
    }


def _placement(instance: Any) -> Told:
    placement = instance.placement
    return {
        "AvailabilityZone": placement.zone,
        "GroupName": placement.group_name,
        "HostId": placement.host_id,
        "Tenancy": placement.tenancy,
    }


def _hibernation(instance: Any) -> Told:
    options = instance.hibernation_options or {}
    return {"Configured": bool(options.get("Configured", False))}


def _metadata(options: Any) -> Told:
    return {
        "HttpEndpoint": options.http_endpoint,
        "HttpProtocolIpv6": options.http_protocol_ipv6,
        "HttpPutResponseHopLimit": options.http_put_response_hop_limit,
        "HttpTokens": options.http_tokens,
        "InstanceMetadataTags": options.instance_metadata_tags,
        "State": options.state,
    }


def _volume(device: str, volume: Any) -> Told:
    status = {"in-use": "attached", "available": "detached"}.get(volume.status, volume.status)
    told: Told = {
        "AttachTime": volume.attach_time,
        "DeleteOnTermination": bool(volume.delete_on_termination),
        "Status": status,
        "VolumeId": volume.volume_id,
    }
    return {"DeviceName": device, "Ebs": told}


def _interface(interface: Any) -> Told:
    public = _public(interface)
    return {
        "Association": public,
        "Attachment": _attachment(interface, interface.attach_time),
        "Description": interface.description,
        "Groups": groups(interface.group_set),
        "InterfaceType": interface.interface_type,
        "Ipv6Addresses": [{"Ipv6Address": each} for each in interface.ipv6_addresses],
        "MacAddress": interface.mac_address,
        "NetworkInterfaceId": interface.id,
        "OwnerId": interface.owner_id,
        "PrivateDnsName": getattr(interface, "private_dns_name", None),
        "PrivateIpAddress": interface.private_ip_address,
        "PrivateIpAddresses": [
            {
                "Association": public if each.get("Primary") else None,
                "Primary": bool(each.get("Primary")),
                "PrivateIpAddress": each.get("PrivateIpAddress"),
            }
            for each in interface.private_ip_addresses
        ],
        "SourceDestCheck": interface.source_dest_check,
        "Status": interface.status,
        "SubnetId": interface.subnet.id,
        "VpcId": interface.subnet.vpc_id,
    }


def _attachment(interface: Any, attached: datetime | None) -> Told | None:
    if not interface.attachment_id:
        return None
    return {
        "AttachTime": attached,
        "AttachmentId": interface.attachment_id,
        "DeleteOnTermination": bool(interface.delete_on_termination),
        "DeviceIndex": interface.device_index,
        "NetworkCardIndex": 0,
        "Status": "attached",
    }


def _public(interface: Any) -> Told | None:
    if not interface.public_ip:
        return None
    dashed = interface.public_ip.replace(".", "-")
    return {
        "IpOwnerId": interface.owner_id,
        "PublicDnsName": f"ec2-{dashed}.compute-1.amazonaws.com",
        "PublicIp": interface.public_ip,
    }
