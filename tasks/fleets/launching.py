"""What is asked of EC2 for a new instance that replaces another one; nothing here calls AWS."""

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

_OURS = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:"
_ANYBODYS = "arn:${AWS::Partition}:ec2:${AWS::Region}::"
# What RunInstances asks to be allowed for (Service Authorization Reference, "Amazon EC2").
LAUNCH_ARNS = [
    f"{_ANYBODYS}image/*",
    f"{_ANYBODYS}snapshot/*",
    *(
        f"{_OURS}{kind}/*"
        for kind in (
            "instance",
            "key-pair",
            "launch-template",
            "network-interface",
            "security-group",
            "subnet",
            "volume",
        )
    ),
]
OPERATION_TAG = "daytwo:operation"
REPLACES_TAG = "daytwo:replaces"
TEMPLATE_TAG = "aws:ec2launchtemplate:id"
# Tags that are AWS's own, or that say of one instance what is not so of another.
NOT_COPIED = ("aws:", OPERATION_TAG, REPLACES_TAG)

Entry = Mapping[str, Any]
Request = dict[str, Any]


def template_of(entry: Entry, options: Mapping[str, Any]) -> str:
    """Give the id or name of the launch template for an instance's replacement, if any.

    EC2 tags what it launches from a template with the template's id.
    """
    return str(options.get("launch_template") or tags_of(entry).get(TEMPLATE_TAG, ""))


def named(template: str) -> dict[str, str]:
    """Give how a launch template's id or name is handed to EC2."""
    return {"LaunchTemplateId" if template.startswith("lt-") else "LaunchTemplateName": template}


def from_template(
    entry: Entry, template: str, data: Mapping[str, Any], options: Mapping[str, Any]
) -> Request:
    """Ask for an instance of the template's latest version, which has this data.

    What a template leaves open is as the old instance has it.
    """
    request: Request = {"LaunchTemplate": {**named(template), "Version": "$Latest"}}
    if options.get("image_id"):
        request["ImageId"] = options["image_id"]
    if "InstanceType" not in data:
        request["InstanceType"] = entry["InstanceType"]
    if not (data.get("SecurityGroupIds") or data.get("NetworkInterfaces")):
        request["SecurityGroupIds"] = _groups(entry)
    return request


def like(entry: Entry, image_id: str, user_data: str) -> Request:
    """Ask for an instance with another image that is otherwise like the old one.

    `user_data` is as EC2 tells it, in base64.
    """
    request: Request = {
        "ImageId": image_id,
        "InstanceType": entry["InstanceType"],
        "SecurityGroupIds": _groups(entry),
        "EbsOptimized": bool(entry.get("EbsOptimized")),
        "Monitoring": {"Enabled": entry.get("Monitoring", {}).get("State") == "enabled"},
    }
    if key := entry.get("KeyName"):
        request["KeyName"] = key
    if profile := entry.get("IamInstanceProfile"):
        request["IamInstanceProfile"] = {"Arn": profile["Arn"]}
    if tenancy := entry.get("Placement", {}).get("Tenancy", "").replace("default", ""):
        request["Placement"] = {"Tenancy": tenancy}
    if metadata := entry.get("MetadataOptions"):
        names = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags")
        request["MetadataOptions"] = {name: metadata[name] for name in names if name in metadata}
    if user_data:
        request["UserData"] = base64.b64decode(user_data).decode(errors="surrogateescape")
    return request


def placed(request: Request, subnet: str, data: Mapping[str, Any]) -> Request:
    """Ask for a subnet: in the template's first network interface where it has one.

    Amazon EC2 API Reference, "RunInstances": a subnet stands either in the request or in a
    network interface.
    """
    interfaces = data.get("NetworkInterfaces")
    if not interfaces:
        return {**request, "SubnetId": subnet}
    first = {
        name: interfaces[0][name]
        for name in ("AssociatePublicIpAddress", "DeleteOnTermination", "Groups")
        if name in interfaces[0]
    }
    return {**request, "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet, **first}]}


def counted(request: Request, ids: Collection[str], operation: str) -> Request:
    """Ask for as many as there are ids, or fewer; again, EC2 answers with the same ones.

    Amazon EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests": a client
    token of at most 64 characters.
    """
    told = json.dumps([operation, sorted(ids), request], sort_keys=True)
    return {
        **request,
        "MinCount": 1,
        "MaxCount": len(ids),
        "ClientToken": hashlib.sha256(told.encode()).hexdigest(),
    }


def tags_of(entry: Entry) -> dict[str, str]:
    """Give an instance's tags."""
    return {tag["Key"]: tag["Value"] for tag in entry.get("Tags", [])}


def copied(entry: Entry) -> dict[str, str]:
    """Give the tags that a replacement takes over."""
    return {key: value for key, value in tags_of(entry).items() if not key.startswith(NOT_COPIED)}


def common(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Give the tags that all have."""
    first, *others = tags
    return {key: value for key, value in first.items() if all(o.get(key) == value for o in others)}


def as_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Write tags as EC2 takes them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _groups(entry: Entry) -> list[str]:
    return [group["GroupId"] for group in entry.get("SecurityGroups", [])]
