"""Make an image of each instance of a component, and look until all are available."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.backups import marks
from tasks.errors import BackupFailed, TaskError
from tasks.fleets.instances import INSTANCE_ARN
from tasks.runtime import client, raising, task
from tasks.servers import instances, marking, points, volumes

IMAGE_ARN = "arn:${AWS::Partition}:ec2:*::image/*"
PERMISSIONS = {
    "ec2:DescribeImages": "*",
    "ec2:DescribeInstances": "*",
    "ec2:CreateImage": [INSTANCE_ARN, IMAGE_ARN, volumes.SNAPSHOT_ARN],
    "ec2:CreateTags": [IMAGE_ARN, volumes.SNAPSHOT_ARN],
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300
ERRORS: dict[str, type[TaskError]] = {"ImageLimitExceeded": BackupFailed}
THERE = "InvalidAMIName.Duplicate"

Entry = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    ec2 = client("ec2", request["backup"]["target"])
    return back_up(request["backup"], request["component"], request["now"], ec2)


def back_up(backup: Entry, component: Entry, now: str, ec2: Any) -> dict[str, Any]:
    """Make the images that are not there yet, without a restart; done when all are available.

    Raises BackupFailed where the tags select no instance, or EC2 could not make one.
    """
    found = marking.images(backup, component, ec2)
    existing = instances.selected(component["config"]["tags"], ec2)
    if not (existing or found):
        raise BackupFailed(
            f"No instance has the tags of the component {component['name']}: "
            f"{component['config']['tags']}"
        )
    missing = sorted(existing.keys() - found.keys())
    for one in missing:
        create(backup, component, existing[one], now, ec2)
    for one, image in sorted(found.items()):
        if image["State"] not in ("available", "pending"):
            why = image.get("StateReason", {}).get("Message") or "EC2 gives no reason."
            raise BackupFailed(
                f"Image {image['ImageId']} of {one} is in state {image['State']}: {why}"
            )
    available = [one for one in found.values() if one["State"] == "available"]
    return {
        "done": not missing and len(available) == len(found),
        "state": marking.state(len(available), {*found, *missing}),
        "points": [point(one, image) for one, image in sorted(found.items())],
        "detail": {},
    }


def create(backup: Entry, component: Entry, instance: Entry, now: str, ec2: Any) -> None:
    """Ask for an image and tag its snapshots as well; one of the same name is as good."""
    source = instance["InstanceId"]
    kind = {points.TYPE_TAG: instance["InstanceType"]}
    tags = marking.tags(backup, component, source, now, **kind)
    with raising(ERRORS, source):
        try:
            ec2.create_image(
                InstanceId=source,
                Name=f"{marks.name(backup, component)}-{source}",
                Description=f"daytwo-backup {backup['id']}",
                NoReboot=True,
                TagSpecifications=[
                    {"ResourceType": "image", "Tags": tags},
                    {"ResourceType": "snapshot", "Tags": tags},
                ],
            )
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != THERE:
                raise


def point(source: str, image: Entry) -> dict[str, Any]:
    """Give an image as the manifest has it; its data are as of when it was asked for."""
    disks = (each.get("Ebs", {}) for each in image.get("BlockDeviceMappings", []))
    size = sum(int(disk.get("VolumeSize") or 0) for disk in disks)
    return {
        "id": image["ImageId"],
        "resource": source,
        "at": marking.of_source(image, points.TAKEN_TAG),
        "size_bytes": size * marking.GIBIBYTE,
    }
