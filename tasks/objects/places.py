"""Where buckets are read and where copies of them are made, for PERMISSIONS and for errors."""

from collections.abc import Iterator, Mapping
from typing import Any

from tasks import sites
from tasks.drills.folders import Folder
from tasks.errors import NothingToRestore, TaskError
from tasks.runtime import client, raising, setting

SOURCE = sites.BUCKET_ARN
SOURCE_OBJECTS = sites.OBJECT_ARN
COPY = "arn:${AWS::Partition}:s3:::drill-*"
COPY_OBJECTS = f"{COPY}/*"
KEYS = "arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*"
ERRORS: dict[str, type[TaskError]] = {"NoSuchBucket": NothingToRestore}


def folder(request: Mapping[str, Any]) -> Folder:
    """Open the folder of a request's component in the evidence bucket."""
    name = request["component"]["name"]
    return Folder(request["drill"], name, setting("EVIDENCE_BUCKET"), client("s3"))


def copied(batch: Mapping[str, Any], prefix: str, bucket: str, s3: Any) -> Iterator[dict[str, Any]]:
    """List what a copy has in a batch's range of keys."""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, **({"StartAfter": batch["after"]} if batch["after"] else {})
    )
    with raising(ERRORS, f"s3://{bucket}"):
        for page in pages:
            for item in page.get("Contents", []):
                if batch["through"] and item["Key"] > batch["through"]:
                    return
                yield item
