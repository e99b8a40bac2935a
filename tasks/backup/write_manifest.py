"""Write the manifest of a component's backup, by which a copy can be judged without its source."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tasks.backups import marks
from tasks.errors import BackupFailed
from tasks.integrities import documents
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {**documents.READS, "s3:PutObject": "${EvidenceBucket.Arn}/backups/*"}
TIMEOUT = 120
# Amazon S3 API Reference, "PutObject", If-None-Match: there is such an object, or one is made.
THERE = ("PreconditionFailed", "ConditionalRequestConflict")


@task
def handler(request: Any, context: Any) -> Any:
    bucket, s3, digest = setting("EVIDENCE_BUCKET"), client("s3"), request["digest"]
    return write(
        request["backup"],
        request["component"],
        request["made"],
        documents.gather(digest, bucket, s3) if digest else {},
        bucket,
        s3,
    )


def write(
    backup: Mapping[str, Any],
    component: Mapping[str, Any],
    made: Mapping[str, Any],
    digest: Mapping[str, Any],
    bucket: str,
    s3: Any,
) -> dict[str, str]:
    """Put the manifest once, and give its key and digest; the first one stands.

    `made` is what the service answered, `digest` counts and checksums of the content, empty
    where there are none. Raises BackupFailed for a backup of nothing.
    """
    if not made["points"]:
        raise BackupFailed(f"The backup of {component['name']} has nothing in it")
    document = {
        "version": 1,
        "backup": dict(backup),
        "component": {name: component[name] for name in ("name", "type", "resource")},
        "points": made["points"],
        "detail": made["detail"],
        "digest": dict(digest),
    }
    key = marks.key(backup, component, "manifest.json")
    text = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    with raising({}, f"s3://{bucket}/{key}"):
        try:
            s3.put_object(
                Bucket=bucket, Key=key, Body=text, ContentType="application/json", IfNoneMatch="*"
            )
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in THERE:
                raise
            text = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return {"manifest_key": key, "manifest_sha256": hashlib.sha256(text).hexdigest()}
