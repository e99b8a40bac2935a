"""Copy one version of an object as it is: content, metadata, tags, key, and the parts it has.

Amazon S3 User Guide, "Copying, moving, and renaming objects": up to 5 GB in one call. An
object that was uploaded in parts is copied in the same parts, which keeps its ETag, so that
nobody has to read both to see that they are equal.
"""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tasks.errors import TaskError
from tasks.objects import places
from tasks.runtime import raising

LARGEST_COPY = 5 * 1024**3  # bytes in one CopyObject
SMALLEST_RANGE = 5 * 1024**2  # bytes below which no range of a source can be copied
MOST_PARTS = 10_000
AT_ONCE = 8
# What keeps an object from being restored, by AWS's error code, while all others can be.
HOPELESS = {
    "404": "its version is gone",
    "NoSuchKey": "its version is gone",
    "NoSuchVersion": "its version is gone",
    "InvalidObjectState": "it is archived, and has to be brought back from there first",
    "400": "it is encrypted with a key that its owner keeps",
}
KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "WebsiteRedirectLocation",
)
ERRORS: dict[str, type[TaskError]] = places.ERRORS

Object = Mapping[str, Any]


class Hopeless(Exception):
    """One object cannot be restored, and the message says why; all others can."""


@dataclass(frozen=True)
class Way:
    """From which bucket to which, with the clients of both sides."""

    source: str
    copy: str
    source_s3: Any
    s3: Any

    @property
    def one_region(self) -> bool:
        """Tell whether both are in one Region, so that the same KMS key can be used."""
        return bool(self.source_s3.meta.region_name == self.s3.meta.region_name)

    def version(self, one: Object) -> dict[str, str]:
        """Name the version that is copied, as reading calls take it."""
        return {"Bucket": self.source, "Key": one["key"], "VersionId": one["version_id"]}


def in_parts(one: Object) -> bool:
    """Tell whether a version is copied in parts."""
    return one["size"] > LARGEST_COPY or "-" in one["etag"]


@contextlib.contextmanager
def judged(way: Way) -> Iterator[None]:
    """Turn AWS's errors into daytwo's, and what one object alone is to blame for into Hopeless."""
    with raising(ERRORS, f"an object of s3://{way.source} to s3://{way.copy}"):
        try:
            yield
        except way.s3.exceptions.ClientError as error:
            reason = HOPELESS.get(error.response["Error"]["Code"])
            if reason:
                raise Hopeless(reason) from error
            raise


def copy_whole(one: Object, way: Way) -> str:
    """Copy a version in one call; give what keeps it from being restored, "" for nothing."""
    try:
        with judged(way):
            head = way.source_s3.head_object(**way.version(one))
            way.s3.copy_object(
                Bucket=way.copy,
                Key=one["key"],
                CopySource=way.version(one),
                **encryption(head, way),
            )
    except Hopeless as reason:
        return str(reason)
    return ""


def copy_many(objects: list[Object], way: Way) -> list[str]:
    """Copy several versions at the same time; give what keeps each from being restored."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(copy_whole, objects, itertools.repeat(way)))


def encryption(head: Mapping[str, Any], way: Way) -> dict[str, Any]:
    """Encrypt the copy as the version is; with the copy's own rule where its key is elsewhere."""
    kind, key = head.get("ServerSideEncryption", ""), head.get("SSEKMSKeyId", "")
    if not kind or (key and not way.one_region):
        return {}
    return {
        "ServerSideEncryption": kind,
        **({"SSEKMSKeyId": key} if key else {}),
        **({"BucketKeyEnabled": True} if head.get("BucketKeyEnabled") else {}),
    }


def copy_parts(one: Object, way: Way, most: int) -> tuple[int, int]:
    """Copy the next parts of a version, at most so many; give how many were, and are left.

    The upload is found again by later calls, and completed by the one that copies the last
    part. Raises Hopeless.
    """
    with judged(way):
        upload = open_upload(one["key"], way) or begin_upload(one, way)
        request = {"Bucket": way.copy, "Key": one["key"], "UploadId": upload}
        pages = way.s3.get_paginator("list_parts").paginate(**request)
        parts = [part for page in pages for part in page.get("Parts", [])]
        there = {part["PartNumber"]: part["ETag"] for part in parts}
        wanted = ranges(one["size"], part_size(one, way))
        missing = [number for number in wanted if number not in there]
        now = missing[:most]

        def part(number: int) -> str:
            reply = way.s3.upload_part_copy(
                **request, PartNumber=number, CopySource=way.version(one), **wanted[number]
            )
            return str(reply["CopyPartResult"]["ETag"])

        with ThreadPoolExecutor(AT_ONCE) as threads:
            there |= dict(zip(now, threads.map(part, now), strict=True))
        if now == missing:
            parts = [{"PartNumber": number, "ETag": there[number]} for number in sorted(there)]
            way.s3.complete_multipart_upload(**request, MultipartUpload={"Parts": parts})
    return len(now), len(missing) - len(now)


def begin_upload(one: Object, way: Way) -> str:
    """Begin to copy a version in parts, with all that describes it."""
    head = way.source_s3.head_object(**way.version(one))
    reply = way.s3.create_multipart_upload(
        Bucket=way.copy,
        Key=one["key"],
        **{name: head[name] for name in KEPT if head.get(name)},
        **tagging(one, way),
        **encryption(head, way),
    )
    return str(reply["UploadId"])


def open_upload(key: str, way: Way) -> str | None:
    """Find the upload that an earlier call began; None where there is none."""
    pages = way.s3.get_paginator("list_multipart_uploads").paginate(Bucket=way.copy, Prefix=key)
    found = [upload for page in pages for upload in page.get("Uploads", []) if upload["Key"] == key]
    return str(found[0]["UploadId"]) if found else None


def part_size(one: Object, way: Way) -> int:
    """Give the size of the version's first part; its parts are taken to be equal but the last."""
    first = way.source_s3.head_object(**way.version(one), PartNumber=1)["ContentLength"]
    return max(int(first), -(-one["size"] // MOST_PARTS), 1)


def ranges(size: int, part: int) -> dict[int, dict[str, str]]:
    """Say which bytes each part copies; a small object's only part names none."""
    if size <= part or size <= SMALLEST_RANGE:
        return {1: {}}
    starts = range(0, size, part)
    return {
        number: {"CopySourceRange": f"bytes={start}-{min(start + part, size) - 1}"}
        for number, start in enumerate(starts, 1)
    }


def tagging(one: Object, way: Way) -> dict[str, str]:
    """Read the version's tags, which a copy in parts does not take along by itself."""
    found = way.source_s3.get_object_tagging(**way.version(one))["TagSet"]
    return {"Tagging": urlencode([(tag["Key"], tag["Value"]) for tag in found])} if found else {}
