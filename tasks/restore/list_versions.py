"""List which versions of a bucket's objects are to be restored, in batches for a Map."""

from datetime import datetime
from typing import Any

from tasks.drills import folders, standing
from tasks.errors import NothingToRestore
from tasks.objects import batches, listing, places
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **folders.READS,
    **folders.WRITES,
    "s3:GetBucketVersioning": places.SOURCE,
    "s3:ListBucketVersions": places.SOURCE,
}
ERRORS = places.ERRORS
TIMEOUT = 300
MEMORY = 512

PAGES_A_CALL = 100  # of a thousand versions each


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    standing.ask(request["drill"])
    source = request["drill"]["source"]["target"]
    return list_on(request["component"], places.folder(request), client("s3", source))


def list_on(
    component: dict[str, Any], folder: folders.Folder, s3: Any, pages: int = PAGES_A_CALL
) -> dict[str, Any]:
    """Read so many pages on from where the last call ended; done when all keys are decided.

    A key stands for what it was at the recovery point: a version is restored, a delete marker
    is not, and what came later is nothing. Memory is that of a page and a batch, however many
    keys there are. Raises NothingToRestore where the bucket is gone or keeps no versions.
    """
    found = batches.Listing.read(folder)
    bucket, config = component["resource"], component["config"]
    if not found.key_marker:
        check_versions(bucket, s3)
    moment = datetime.fromisoformat(component["recovery_point"]["at"])
    for _ in range(pages):
        if found.done:
            break
        page = read_page(bucket, config.get("prefix", ""), found, s3)
        for entry in listing.as_of(listing.entries(page), moment, found.decided):
            found.take(entry)
        found.write_full(folder, config["keys_a_batch"])
        if page.get("IsTruncated"):
            found.key_marker = page["NextKeyMarker"]
            found.version_marker = page.get("NextVersionIdMarker", "")
        else:
            found.finish(folder)
    found.save(folder)
    return {
        "done": found.done,
        "state": f"{found.objects} objects found, {found.deleted} keys were deleted by then",
        "batches_key": folder.key(batches.BATCHES) if found.done else "",
        "batches": found.batches,
        "objects": found.objects,
        "bytes": found.bytes,
        "newest_record": found.newest_record,
    }


def check_versions(bucket: str, s3: Any) -> None:
    """Raise NothingToRestore unless the bucket keeps or once kept versions."""
    with raising(ERRORS, f"s3://{bucket}"):
        status = s3.get_bucket_versioning(Bucket=bucket).get("Status", "")
    if not status:
        raise NothingToRestore(
            f"Bucket {bucket} keeps no versions, so it has no earlier state to restore. Enable "
            "versioning in its template."
        )


def read_page(bucket: str, prefix: str, found: batches.Listing, s3: Any) -> dict[str, Any]:
    """Read the page of versions and delete markers that the listing has come to."""
    markers = {"KeyMarker": found.key_marker, "VersionIdMarker": found.version_marker}
    with raising(ERRORS, f"s3://{bucket}"):
        return s3.list_object_versions(
            Bucket=bucket,
            Prefix=prefix,
            **{name: value for name, value in markers.items() if value},
        )
