"""Copy a batch of objects, in the versions that were current at the recovery point."""

from typing import Any

from tasks.drills import copies, folders, standing
from tasks.objects import comparing, copying, places
from tasks.runtime import client, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    "s3:PutObject": [folders.WRITES["s3:PutObject"], places.COPY_OBJECTS],
    "s3:ListBucket": [folders.READS["s3:ListBucket"], places.COPY],
    "s3:GetObject": [folders.READS["s3:GetObject"], places.SOURCE_OBJECTS],
    **dict.fromkeys(
        ("s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
        places.SOURCE_OBJECTS,
    ),
    **dict.fromkeys(("s3:PutObjectTagging", "s3:ListMultipartUploadParts"), places.COPY_OBJECTS),
    "s3:ListBucketMultipartUploads": places.COPY,
    # Objects keep the keys that they are encrypted with, which only S3 is asked to use.
    **dict.fromkeys(("kms:Decrypt", "kms:GenerateDataKey"), places.KEYS),
}
ERRORS = places.ERRORS
TIMEOUT = 900
MEMORY = 512

PARTS_A_CALL = 64


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    copies.check_name(component["copy"])
    way = copying.Way(
        component["resource"],
        component["copy"],
        client("s3", drill["source"]["target"]),
        client("s3", drill["target"]["target"]),
    )
    prefix = component["config"].get("prefix", "")
    return restore(request["batch"], prefix, places.folder(request), way)


def restore(
    batch_name: str,
    prefix: str,
    folder: folders.Folder,
    way: copying.Way,
    most_parts: int = PARTS_A_CALL,
) -> dict[str, Any]:
    """Copy what the copy has not yet; done when only what cannot be restored is missing.

    An object that cannot, such as one in an archive, keeps no other back; who compares sees
    it missing and says why. Raises AccessRefused, Throttled and the like at the first.
    """
    batch = folder.read(f"batches/{batch_name}.json")
    there = {item["Key"] for item in places.copied(batch, prefix, way.copy, way.s3)}
    waiting = [one for one in batch["objects"] if one["key"] not in there]
    whole = [one for one in waiting if not copying.in_parts(one)]
    reasons = dict(zip((one["key"] for one in whole), copying.copy_many(whole, way), strict=True))
    for one in (one for one in waiting if copying.in_parts(one)):
        copied, left, reasons[one["key"]] = go_on(one, way, most_parts)
        most_parts -= copied
        if left or most_parts <= 0:
            return {"done": False, "state": f"{left} parts of an object are left"}
    failed = {comparing.short(key): reason for key, reason in reasons.items() if reason}
    folder.write(f"restored/{batch_name}.json", {"failed": failed})
    restored = len(batch["objects"]) - len(failed)
    return {"done": True, "state": f"{restored} of {len(batch['objects'])} objects are there"}


def go_on(one: copying.Object, way: copying.Way, most: int) -> tuple[int, int, str]:
    """Copy the next parts of a version; give how many were copied, are left, and what is wrong."""
    try:
        return *copying.copy_parts(one, way, most), ""
    except copying.Hopeless as reason:
        return 0, 0, str(reason)
