"""EBS snapshots and machine images, as backups that are copied and removed."""

from typing import Any

from tasks.backups import marks
from tasks.backups.services import Order, Point, Seen, listed, refuse_failed, values
from tasks.errors import BackupFailed, TaskError
from tasks.runtime import raising

# Of which snapshot or image a copy is; CopySnapshot and CopyImage keep no other trace.
COPY_OF = "daytwo:copy-of"
# The ARNs of both have no account (Service Authorization Reference, Amazon EC2).
SNAPSHOTS = "arn:${AWS::Partition}:ec2:*::snapshot/*"
IMAGES = "arn:${AWS::Partition}:ec2:*::image/*"
LOOKS = {"ec2:DescribeSnapshots": "*", "ec2:DescribeImages": "*"}
COPIES = {
    "ec2:CopySnapshot": SNAPSHOTS,
    "ec2:CopyImage": [IMAGES, SNAPSHOTS],
    "ec2:CreateTags": [IMAGES, SNAPSHOTS],
    "ec2:ModifySnapshotAttribute": SNAPSHOTS,
    "ec2:ModifyImageAttribute": IMAGES,
}
REMOVES = {"ec2:DeleteSnapshot": SNAPSHOTS, "ec2:DeregisterImage": IMAGES}
GONE = ("InvalidSnapshot.NotFound", "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")
ERRORS: dict[str, type[TaskError]] = dict.fromkeys(
    (
        "InvalidSnapshot.NotFound",
        "InvalidAMIID.NotFound",
        "InvalidKmsKey.InvalidState",
        "SnapshotCopyUnsupported.InterRegion",
        "OperationNotPermitted",
        "InvalidSnapshot.InUse",
    ),
    BackupFailed,
)


class VolumeSnapshots:
    """EBS snapshots in the Region of an EC2 client, by id."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2

    def find(self, point: str) -> Seen | None:
        """Describe a snapshot."""
        found = self._described(point, SnapshotIds=[point])
        return found[0] if found else None

    def search(self, row: Point) -> list[str]:
        """Find the snapshots with the marks of a record's backup."""
        found = self._described(row["backup"], OwnerIds=["self"], Filters=_marked(row))
        return [one.id for one in found]

    def copy(self, point: Point, order: Order) -> Seen:
        """Copy a snapshot of another Region here."""
        name = f"tag:{COPY_OF}"
        found = self._described(
            point["id"], OwnerIds=["self"], Filters=[{"Name": name, "Values": [point["id"]]}]
        )
        if found:
            return refuse_failed(found[0], ("error",))
        tags = {**order.tags, COPY_OF: point["id"]}
        with raising(ERRORS, point["id"]):
            reply = self.ec2.copy_snapshot(
                SourceRegion=order.source_region,
                SourceSnapshotId=point["id"],
                Description=order.name,
                TagSpecifications=[{"ResourceType": "snapshot", "Tags": listed(tags)}],
                **_encrypted(order),
            )
        return Seen(reply["SnapshotId"], "pending", False, tags[marks.MARK], tags)

    def share(self, point: str, account: str) -> None:
        """Let another account make volumes of a snapshot."""
        with raising(ERRORS, point):
            self.ec2.modify_snapshot_attribute(
                SnapshotId=point,
                Attribute="createVolumePermission",
                OperationType="add",
                UserIds=[account],
            )

    def delete(self, point: str) -> None:
        """Delete a snapshot."""
        with raising(ERRORS, point):
            self.ec2.delete_snapshot(SnapshotId=point)

    def _described(self, subject: str, **which: Any) -> list[Seen]:
        entries = _entries(self.ec2, "describe_snapshots", "Snapshots", subject, which)
        return [_seen(entry, "SnapshotId", "completed") for entry in entries]


class Images:
    """Machine images in the Region of an EC2 client, by id; their snapshots go with them."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2

    def find(self, point: str) -> Seen | None:
        """Describe an image."""
        found = self._described(point, ImageIds=[point])
        return _seen(found[0], "ImageId", "available") if found else None

    def search(self, row: Point) -> list[str]:
        """Find the images with the marks of a record's backup."""
        found = self._described(row["backup"], Owners=["self"], Filters=_marked(row))
        return [image["ImageId"] for image in found]

    def copy(self, point: Point, order: Order) -> Seen:
        """Copy an image of another Region here, with its snapshots."""
        name = f"tag:{COPY_OF}"
        found = self._described(
            point["id"], Owners=["self"], Filters=[{"Name": name, "Values": [point["id"]]}]
        )
        if found:
            return refuse_failed(_seen(found[0], "ImageId", "available"), ("failed", "invalid"))
        tags = {**order.tags, COPY_OF: point["id"]}
        with raising(ERRORS, point["id"]):
            reply = self.ec2.copy_image(
                SourceRegion=order.source_region,
                SourceImageId=point["id"],
                Name=f"{order.name}-{point['id']}"[:128],
                TagSpecifications=[
                    {"ResourceType": kind, "Tags": listed(tags)} for kind in ("image", "snapshot")
                ],
                **_encrypted(order),
            )
        return Seen(reply["ImageId"], "pending", False, tags[marks.MARK], tags)

    def share(self, point: str, account: str) -> None:
        """Let another account launch from an image."""
        with raising(ERRORS, point):
            self.ec2.modify_image_attribute(
                ImageId=point, LaunchPermission={"Add": [{"UserId": account}]}
            )

    def delete(self, point: str) -> None:
        """Deregister an image and delete its snapshots in one call, so that none is left over."""
        with raising(ERRORS, point):
            self.ec2.deregister_image(ImageId=point, DeleteAssociatedSnapshots=True)

    def _described(self, subject: str, **which: Any) -> list[dict[str, Any]]:
        return _entries(self.ec2, "describe_images", "Images", subject, which)


def _marked(row: Point) -> list[dict[str, Any]]:
    wanted = {marks.MARK: row["backup"], marks.COMPONENT: row["component"]}
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in wanted.items()]


def _entries(
    ec2: Any, operation: str, field: str, subject: str, which: dict[str, Any]
) -> list[dict[str, Any]]:
    """Describe what there is; an id that is gone is an empty list."""
    with raising({}, subject):
        try:
            return list(getattr(ec2, operation)(**which)[field])
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                return []
            raise


def _seen(entry: dict[str, Any], identifier: str, done: str) -> Seen:
    tags = values(entry.get("Tags"))
    state = entry["State"]
    return Seen(entry[identifier], state, state == done, tags.get(marks.MARK, ""), tags)


def _encrypted(order: Order) -> dict[str, Any]:
    return {"Encrypted": True, "KmsKeyId": order.kms_key_arn} if order.kms_key_arn else {}
