"""What a step has to remember from its first call on: kept in the evidence, never written over."""

import json
from collections.abc import Mapping
from typing import Any

from tasks.drills import papers
from tasks.runtime import raising

# What keeping and reading a note takes.
PERMISSIONS = {**papers.READS, **papers.WRITES}


def first(name: str, document: Mapping[str, Any], bucket: str, s3: Any) -> dict[str, Any]:
    """Keep a document under a key unless there is one; give the one that is there.

    Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".
    """
    with raising({}, f"s3://{bucket}/{name}"):
        try:
            s3.put_object(
                Bucket=bucket,
                Key=name,
                Body=papers.canonical(document),
                ContentType=papers.JSON,
                IfNoneMatch="*",
            )
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            return dict(papers.get(name, bucket, s3))
    return dict(json.loads(papers.canonical(document)))
