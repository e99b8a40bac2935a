"""What is asked of EC2 for the copy of an instance: its image, isolated, and nothing of its own."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from tasks.drills import copies
from tasks.errors import DrillRefused, NothingToRestore, RestoreFailed, TaskError
from tasks.fleets import isolations, launching
from tasks.runtime import raising
from tasks.servers import instances, volumes
from tasks.servers.points import TYPE_TAG, Point

# A copy may be launched in another Region than daytwo's own.
LAUNCH_ARNS = [arn.replace("${AWS::Region}", "*") for arn in launching.LAUNCH_ARNS]
INSTANCE_ARN = "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:instance/*"
ERRORS: dict[str, type[TaskError]] = {
    **dict.fromkeys(("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"), NothingToRestore),
    **dict.fromkeys(
        (
            "InsufficientInstanceCapacity",
            "InsufficientFreeAddressesInSubnet",
            "InstanceLimitExceeded",
            "VcpuLimitExceeded",
            "Unsupported",
        ),
        RestoreFailed,
    ),
}
# More are not launched in one drill; each drill chooses others.
MOST = 20

Drill = Mapping[str, Any]
Instance = instances.Instance


def chosen(points: Iterable[Point], drill_id: str) -> list[Point]:
    """Choose who is launched, where there are more than a drill launches, by the drill's id."""

    def rank(point: Point) -> str:
        return hashlib.sha256(f"{drill_id} {point.source}".encode()).hexdigest()

    return sorted(sorted(points, key=rank)[:MOST], key=lambda point: point.source)


def find_subnet(
    component: Mapping[str, Any],
    drill: Drill,
    existing: Mapping[str, Instance],
    ec2: Any,
) -> tuple[str, str]:
    """Give subnet and VPC of the copies: those of the target environment's own instances.

    Where it has none, those of the source's, if they are in the same account and Region.
    """
    own = instances.selected(component["target_config"]["tags"], ec2)
    near = [] if copies.elsewhere(drill) else list(existing.values())
    for one in [*own.values(), *near]:
        if one.get("SubnetId"):
            return str(one["SubnetId"]), str(one["VpcId"])
    raise DrillRefused(
        f"No instance has the tags of {component['name']} in the target environment, so that "
        f"it is not known which subnet copies belong in: {component['target_config']['tags']}"
    )


def find_group(vpc: str, ec2: Any) -> str:
    """Give the security group that lets nothing through in a VPC; raises DrillRefused."""
    groups, troubles = isolations.quarantine_groups([vpc], "", ec2)
    if vpc in troubles:
        raise DrillRefused(troubles[vpc][1])
    return groups[vpc]


def type_of(point: Point, existing: Mapping[str, Instance]) -> str:
    """Give the type that a copy has: its source's, or the one that the image was made of."""
    known = existing.get(point.source, {}).get("InstanceType") or point.tags.get(TYPE_TAG)
    if not known:
        raise NothingToRestore(
            f"{point.source} is gone and the image {point.id} does not say of which type it "
            f"was: tag the image {TYPE_TAG}"
        )
    return str(known)


def devices(images: Iterable[str], ec2: Any) -> dict[str, list[dict[str, Any]]]:
    """Give the volumes of each image, as they are asked for: to go when the copy goes."""
    with raising(ERRORS, "images"):
        reply = ec2.describe_images(ImageIds=sorted(set(images)))
    return {
        image["ImageId"]: [
            {
                "DeviceName": each["DeviceName"],
                "Ebs": {"DeleteOnTermination": True, "VolumeSize": each["Ebs"]["VolumeSize"]},
            }
            for each in image.get("BlockDeviceMappings", [])
            if "Ebs" in each
        ]
        for image in reply["Images"]
    }


def launch(one: Mapping[str, Any], drill_id: str, ec2: Any) -> Instance:
    """Launch a copy: no profile, no key, no user data, no address that the internet knows.

    Again, EC2 answers with the same instance, by the client token.
    """
    copies.check_name(one["copy"])
    tags = copies.tags(drill_id, one["copy"])
    with raising(ERRORS, one["image"]):
        reply = ec2.run_instances(
            ImageId=one["image"],
            InstanceType=one["type"],
            MinCount=1,
            MaxCount=1,
            ClientToken=volumes.token(drill_id, one["copy"]),
            NetworkInterfaces=[
                {
                    "DeviceIndex": 0,
                    "SubnetId": one["subnet"],
                    "Groups": [one["group"]],
                    "AssociatePublicIpAddress": False,
                    "DeleteOnTermination": True,
                }
            ],
            BlockDeviceMappings=one["devices"],
            InstanceInitiatedShutdownBehavior="terminate",
            MetadataOptions={"HttpTokens": "required"},
            TagSpecifications=[
                {"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")
            ],
        )
    return dict(reply["Instances"][0])
