"""What EC2's, Auto Scaling's, load balancers' and Systems Manager's changing operations need.

AWS pages "Actions, resources, and condition keys for Amazon EC2", "… Amazon EC2 Auto Scaling",
"… Elastic Load Balancing V2" and "… AWS Systems Manager". Operations that only look have no
resources.
"""

import re
from dataclasses import replace
from typing import Any

from infra.local.iam.arns import Place
from infra.local.iam.launches import filled_in
from infra.local.iam.operations import Operation

Needed = list[tuple[str, str]]
LOOKING = ("Describe", "Get", "List")

# How the id of a resource begins -> the resource's type.
TYPES = {
    "acl": "network-acl",
    "ami": "image",
    "eni": "network-interface",
    "i": "instance",
    "lt": "launch-template",
    "rtb": "route-table",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
}
# Types whose ARN has no account: they may be shared with every account.
ACCOUNTLESS = ("image", "snapshot")
# Parameters that name EC2's resources by their id, alone, in a list or deeper down.
ID_PARAMETERS = re.compile(
    r"(^|\.)(InstanceId|NetworkAclId|NetworkInterfaceId|VolumeId|SnapshotId|ImageId|ResourceId"
    r"|GroupId|SecurityGroupId|SubnetId|LaunchTemplateId|VpcId|RouteTableId|Group)s?(\.\d+)?$"
)
# What only says how later launches are to be, and is not touched by the operation itself.
WRITTEN_DOWN = "LaunchTemplateData."
# What an operation makes: a role has to be allowed to make each, whatever its id will be.
MADE = {
    "RunInstances": ("instance", "network-interface", "volume"),
    "CreateSnapshots": ("snapshot", "volume"),
    "CreateSnapshot": ("snapshot",),
    "CopyImage": ("image",),
    "CopySnapshot": ("snapshot",),
    "RegisterImage": ("image",),
    "CreateImage": ("image", "snapshot"),
    "CreateVolume": ("volume",),
    "CreateReplaceRootVolumeTask": ("replace-root-volume-task",),
    "CreateNetworkAcl": ("network-acl",),
    "CreateSecurityGroup": ("security-group",),
}
# Operations on a member, whose group the request does not name.
MEMBERS = ("SetInstanceHealth", "TerminateInstanceInAutoScalingGroup")
# Operations on an association, which belongs to an instance that the request does not name.
ASSOCIATIONS = ("DisassociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")


def of_instances(operation: Operation, place: Place) -> Needed:
    """List actions and resources of one of EC2's operations."""
    if operation.name.startswith(LOOKING):
        return [(operation.name, "*")]
    operation = filled_in(operation)
    arns = [_arn(value, place) for value in _ids(operation)]
    if operation.name in ASSOCIATIONS:
        arns += _associated(operation, place)
    if source := operation.text("SourceSnapshotId", "SourceImageId"):
        there = replace(place, region=operation.text("SourceRegion") or place.region)
        arns.append(_arn(source, there))
    arns += [_made(kind, place) for kind in MADE.get(operation.name, ())]
    needed = [(operation.name, arn) for arn in dict.fromkeys(arns)]
    if operation.name != "CreateTags":
        # A resource that is made with tags needs the right to tag it, too.
        tagged = [_made(kind, place) for kind in _values(operation, r"TagSpecification.*Type$")]
        needed += [("CreateTags", arn) for arn in dict.fromkeys(tagged)]
    return needed


def of_groups(operation: Operation, place: Place) -> Needed:
    """List actions and Auto Scaling groups."""
    if operation.name.startswith(LOOKING):
        return [(operation.name, "*")]
    names = _values(operation, r"^AutoScalingGroupNames?(\.member\.\d+)?$")
    if operation.name in MEMBERS:
        names = [_group_of(operation.text("InstanceId"), place)]
    kind = "autoScalingGroup:*:autoScalingGroupName/{}"
    return [(operation.name, place.arn("autoscaling", kind.format(name))) for name in names]


def _group_of(instance: str, place: Place) -> str:
    """Name the group that an instance is a member of, or any where nobody knows it."""
    from moto.autoscaling.models import autoscaling_backends

    backend: Any = autoscaling_backends[place.account][place.region]
    for name, group in list(backend.autoscaling_groups.items()):
        if any(state.instance.id == instance for state in list(group.instance_states)):
            return str(name)
    return "*"


def of_balancers(operation: Operation, place: Place) -> Needed:
    """List actions and target groups, load balancers, listeners and rules, by their ARNs."""
    if operation.name.startswith(LOOKING):
        return [(operation.name, "*")]
    arns = _values(operation, r"^(TargetGroup|LoadBalancer|Listener|Rule|Resource)Arns?(\.|$)")
    return [(operation.name, arn) for arn in arns]


def of_systems_manager(operation: Operation, place: Place) -> Needed:
    """List actions and parameters; a command needs its document and its instances."""
    if operation.name == "SendCommand":
        document = operation.text("DocumentName")
        owner = "" if document.startswith("AWS-") else place.account
        arn = f"arn:{place.partition}:ssm:{place.region}:{owner}:document/{document}"
        instances = operation.texts("InstanceIds") or ["*"]
        arns = [document if document.startswith("arn:") else arn]
        arns += [place.arn("ec2", f"instance/{instance}") for instance in instances]
        return [(operation.name, arn) for arn in arns]
    if operation.text("OpsItemId"):
        return [(operation.name, place.arn("ssm", f"opsitem/{operation.text('OpsItemId')}"))]
    names = [*operation.texts("Name"), *operation.texts("Names")]
    kind = "document" if "Document" in operation.name else "parameter"
    if "Parameter" not in operation.name and kind == "parameter":
        return [(operation.name, "*")]
    return [(operation.name, place.arn_or("ssm", f"{kind}/{{}}", name)) for name in names]


def passed_profiles(operation: Operation) -> list[str]:
    """List the roles of the instance profiles that a request hands to EC2."""
    from moto.iam.models import iam_backends

    if operation.service != "ec2" or operation.name.startswith(LOOKING):
        return []
    named = set(_values(filled_in(operation), r"^IamInstanceProfile\.(Arn|Name)$"))
    return [
        role.arn
        for backends in list(iam_backends.values())
        for profile in list(backends["aws"].instance_profiles.values())
        if named & {profile.arn, profile.name}
        for role in profile.roles
    ]


def _ids(operation: Operation) -> list[str]:
    return [
        value
        for name, value in operation.parameters.items()
        if isinstance(value, str)
        and ID_PARAMETERS.search(name)
        and "Filter" not in name
        and not name.startswith(WRITTEN_DOWN)
    ]


def _values(operation: Operation, pattern: str) -> list[str]:
    wanted = re.compile(pattern)
    return [
        value
        for name, value in operation.parameters.items()
        if isinstance(value, str) and wanted.search(name)
    ]


def _arn(value: str, place: Place) -> str:
    kind = TYPES.get(value.partition("-")[0])
    return _made(kind, place, value) if kind else place.arn("ec2", f"*/{value}")


def _made(kind: str, place: Place, name: str = "*") -> str:
    if kind in ACCOUNTLESS:
        return f"arn:{place.partition}:ec2:{place.region}::{kind}/{name}"
    return place.arn("ec2", f"{kind}/{name}")


def _associated(operation: Operation, place: Place) -> list[str]:
    from moto.ec2.models import ec2_backends

    backend: Any = ec2_backends[place.account][place.region]
    asked = operation.text("AssociationId")
    known = list(backend.iam_instance_profile_associations.values())
    found = [each.instance.id for each in known if each.association_id == asked]
    return [_arn(instance, place) for instance in found or ["i-*"]]
