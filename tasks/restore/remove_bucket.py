"""Empty and delete a bucket that a drill made, and see that it is gone."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.drills import copies, undoing
from tasks.errors import CleanupFailed, TaskError, Unavailable
from tasks.objects import places, settings
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **undoing.PERMISSIONS,
    **dict.fromkeys(
        (
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListBucketMultipartUploads",
            "s3:GetBucketTagging",
            "s3:DeleteBucket",
        ),
        places.COPY,
    ),
    **dict.fromkeys(
        ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"),
        places.COPY_OBJECTS,
    ),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {"BucketNotEmpty": Unavailable}
TIMEOUT = 300

PAGES_A_CALL = 100  # of a thousand versions each


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    answer = remove(row, client("s3", row["target"]))
    return undoing.told(request, answer)


def remove(row: Mapping[str, Any], s3: Any, pages: int = PAGES_A_CALL) -> dict[str, Any]:
    """Delete so many pages of versions, then the bucket; done once S3 has no bucket of the name.

    Raises NotACopy where the drill did not make the bucket, CleanupFailed with S3's reason
    where an object cannot be deleted.
    """
    name = row["name"]
    copies.check_name(name)
    if not there(name, s3):
        return {"done": True, "proof": f"HeadBucket says that there is no bucket {name}"}
    marks = settings.tags(name, s3)
    # A function that was killed before it marked the bucket has put nothing into it.
    if marks or not empty(name, s3):
        copies.check(name, marks, row["drill"])
    deleted = 0
    for _ in range(pages):
        count = delete_page(name, s3)
        deleted += count
        if not count:
            abort_uploads(name, s3)
            with raising(ERRORS, f"s3://{name}"):
                s3.delete_bucket(Bucket=name)
            break
    return {"done": False, "proof": f"{deleted} versions of objects were deleted in this step"}


def there(name: str, s3: Any) -> bool:
    """Tell whether there is such a bucket of this account."""
    with raising(ERRORS, f"s3://{name}"):
        try:
            s3.head_bucket(Bucket=name)
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                return False
            raise
    return True


def empty(name: str, s3: Any) -> bool:
    """Tell whether a bucket has no version of any object."""
    with raising(ERRORS, f"s3://{name}"):
        page = s3.list_object_versions(Bucket=name, MaxKeys=1)
    return not page.get("Versions") and not page.get("DeleteMarkers")


def delete_page(name: str, s3: Any) -> int:
    """Delete the first thousand versions and delete markers, and count them."""
    with raising(ERRORS, f"s3://{name}"):
        page = s3.list_object_versions(Bucket=name)
        found = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if not found:
            return 0
        reply = s3.delete_objects(Bucket=name, Delete={"Objects": found, "Quiet": True})
    refused = reply.get("Errors", [])
    if refused:
        raise CleanupFailed(
            f"{len(refused)} of {len(found)} objects of bucket {name} were not deleted: "
            f"{refused[0].get('Message', 'no reason given')} [{refused[0].get('Code', '')}]. "
            "Delete them by hand, and the bucket"
        )
    return len(found)


def abort_uploads(name: str, s3: Any) -> None:
    """Abort uploads that were never completed, which keep what they have stored."""
    with raising(ERRORS, f"s3://{name}"):
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
            for upload in page.get("Uploads", []):
                s3.abort_multipart_upload(
                    Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"]
                )
