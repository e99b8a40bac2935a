"""Copy a component's backup to other Regions and accounts, and look until the copies are there."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.backups import database_snapshots, disks, kinds, marks
from tasks.backups.kinds import Clients
from tasks.backups.services import Copying, Order
from tasks.errors import BackupFailed
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **database_snapshots.LOOKS,
    **database_snapshots.COPIES,
    **disks.LOOKS,
    **disks.COPIES,
    "s3:GetObject": "${EvidenceBucket.Arn}/backups/*",
    "s3:ListBucket": "${EvidenceBucket.Arn}",
    "s3:PutObject": "arn:${AWS::Partition}:s3:::${System}-*/backups/*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
TIMEOUT = 300

Values = Mapping[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    return copy(
        request["backup"],
        request["component"],
        request["points"],
        request["copies"],
        bucket=setting("EVIDENCE_BUCKET"),
        clients=client,
    )


def copy(
    backup: Values,
    component: Values,
    points: list[Values],
    wanted: list[Values],
    bucket: str,
    clients: Clients,
) -> dict[str, Any]:
    """Begin each copy that is not begun, and say how far all are; raises BackupFailed.

    Once they are there, the files about the backup in the evidence bucket, such as its manifest
    or a stack's export, go to the bucket that an entry of `wanted` names. A table's backup is
    not copied: it cannot leave its Region.
    """
    made = [_to(entry, backup, component, points, clients) for entry in wanted]
    done = all(entry["state"] != "copying" for entry in made)
    for entry in wanted:
        if done and entry["bucket"]:
            _put(marks.key(backup, component, ""), entry, bucket, clients)
    return {"done": done, "copies": made}


def _to(
    where: Values, backup: Values, component: Values, points: list[Values], clients: Clients
) -> dict[str, Any]:
    """Copy all points to one place; shared with its account once all of them are there."""
    target = {"region": where["region"], "role_arn": backup["target"]["role_arn"]}
    place = {"region": where["region"], "account": where["account"]}
    if component["chain"] not in kinds.COPIED:
        return {**place, "points": [], "state": "not_copied"}
    here = kinds.copying(component["chain"], backup["target"], clients)
    there = kinds.copying(component["chain"], target, clients)
    seen = [
        (point, there.copy(point, _order(point, where, backup, component, here, clients)))
        for point in points
    ]
    done = all(copied.done for _, copied in seen)
    if done and where["account"]:
        for _, copied in seen:
            there.share(copied.id, where["account"])
    copies = [{**point, "id": copied.id} for point, copied in seen]
    return {**place, "points": copies, "state": "copied" if done else "copying"}


def _order(
    point: Values, where: Values, backup: Values, component: Values, here: Copying, clients: Clients
) -> Order:
    original = here.find(point["id"])
    if original is None:
        raise BackupFailed(f"{point['id']} of {component['name']} is gone before it was copied")
    ours = {key: value for key, value in original.tags.items() if key.startswith("daytwo:")}
    return Order(
        source_region=backup["target"]["region"] or clients("s3").meta.region_name,
        name=marks.name(backup, component),
        tags={**ours, **marks.values(backup, component)},
        kms_key_arn=where["kms_key_arn"],
    )


def _put(folder: str, where: Values, bucket: str, clients: Clients) -> None:
    """Copy all files of a folder into the bucket of another place, under their own keys."""
    there = clients("s3", {"region": where["region"], "role_arn": ""})
    pages = clients("s3").get_paginator("list_objects_v2")
    with raising({}, f"s3://{bucket}/{folder} to s3://{where['bucket']}"):
        for page in pages.paginate(Bucket=bucket, Prefix=folder):
            for entry in page.get("Contents", []):
                source = {"Bucket": bucket, "Key": entry["Key"]}
                there.copy_object(Bucket=where["bucket"], Key=entry["Key"], CopySource=source)
