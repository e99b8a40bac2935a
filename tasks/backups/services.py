"""How each service tells of a backup, copies and removes it: one class for each kind of point.

Each has `find(id)`, which gives None for what is not there, `delete(id)`, and where copies can
leave the Region `copy(point, order)` and `share(id, account)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tasks.backups import marks
from tasks.errors import BackupFailed
from tasks.runtime import raising

Point = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """A backup as its service describes it: `mark` is the id of daytwo's backup, or empty."""

    id: str
    state: str
    done: bool
    mark: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """A copy that is asked for: from which Region, under which name, with which tags and key."""

    source_region: str
    name: str
    tags: Mapping[str, str]
    kms_key_arn: str


class Service(Protocol):
    """What every kind of point can do."""

    def search(self, row: Point) -> list[str]:
        """Find what the backup of a record made that was cut off before it was recorded."""

    def find(self, point: str) -> Seen | None:
        """Describe one, or give None where there is none."""

    def delete(self, point: str) -> None:
        """Ask the service to remove one."""


class Copying(Service, Protocol):
    """What kinds can do whose copies leave the Region."""

    def copy(self, point: Point, order: Order) -> Seen:
        """Begin a copy, or find the one that was begun."""

    def share(self, point: str, account: str) -> None:
        """Let another account restore from one."""


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Give tags as most AWS calls take them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def values(tags: Any) -> dict[str, str]:
    """Give tags by their keys."""
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def refuse_failed(seen: Seen, states: tuple[str, ...]) -> Seen:
    """Give what was seen; raises BackupFailed where the service gave it up."""
    if seen.state in states:
        raise BackupFailed(f"{seen.id} is {seen.state}")
    return seen


class TableBackups:
    """On-demand backups of DynamoDB, which have no tags and never leave their Region."""

    PERMISSIONS = {
        "dynamodb:DescribeBackup": (
            "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}"
            ":table/${System}-*/backup/*"
        ),
        "dynamodb:ListBackups": "*",
    }
    REMOVES = {"dynamodb:DeleteBackup": PERMISSIONS["dynamodb:DescribeBackup"]}

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb

    def find(self, point: str) -> Seen | None:
        """Describe a backup; its name is its mark."""
        with raising({}, point):
            try:
                reply = self.dynamodb.describe_backup(BackupArn=point)
            except self.dynamodb.exceptions.BackupNotFoundException:
                return None
        details = reply["BackupDescription"]["BackupDetails"]
        if details["BackupStatus"] == "DELETED":
            return None
        return Seen(
            point,
            details["BackupStatus"],
            details["BackupStatus"] == "AVAILABLE",
            marks.of_name(details["BackupName"]),
        )

    def search(self, row: Point) -> list[str]:
        """Find the table's backups with the name of a record's backup."""
        name = marks.name({"id": row["backup"]}, {"name": row["component"]})
        with raising({}, row["resource"]):
            pages = self.dynamodb.get_paginator("list_backups").paginate(TableName=row["resource"])
            summaries = [entry for page in pages for entry in page["BackupSummaries"]]
        return [entry["BackupArn"] for entry in summaries if entry["BackupName"] == name]

    def delete(self, point: str) -> None:
        """Delete a backup."""
        with raising({}, point):
            self.dynamodb.delete_backup(BackupArn=point)


class Exports:
    """Templates and parameters of stacks in the evidence bucket, whose keys are their marks."""

    PERMISSIONS = {
        "s3:GetObject": "${EvidenceBucket.Arn}/backups/*",
        "s3:ListBucket": "${EvidenceBucket.Arn}",
    }
    REMOVES = {"s3:DeleteObject": "${EvidenceBucket.Arn}/backups/*"}

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3 = s3
        self.bucket = bucket

    def find(self, point: str) -> Seen | None:
        """Describe an export by its key."""
        with raising({}, f"s3://{self.bucket}/{point}"):
            try:
                self.s3.head_object(Bucket=self.bucket, Key=point)
            except self.s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                    return None
                raise
        return Seen(point, "available", True, marks.of_key(point))

    def search(self, row: Point) -> list[str]:
        """Find nothing: what is in a backup's folder goes with the folder."""
        return []

    def delete(self, point: str) -> None:
        """Delete an export; under Object Lock its content is kept behind a delete marker."""
        with raising({}, f"s3://{self.bucket}/{point}"):
            self.s3.delete_object(Bucket=self.bucket, Key=point)
