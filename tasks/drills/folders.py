"""The folder of a drill's component in the evidence bucket: what its steps leave for each other."""

import json
from collections.abc import Mapping
from typing import Any

from tasks.drills import papers
from tasks.runtime import raising

READS = {
    **papers.READS,
    # Without it a missing object is told as a refused one (S3 API Reference, "GetObject").
    "s3:ListBucket": "${EvidenceBucket.Arn}",
}
WRITES = papers.WRITES


class Folder:
    """The files of one component of a drill, each a JSON document."""

    def __init__(self, drill: Mapping[str, Any], component: str, bucket: str, s3: Any) -> None:
        self.drill, self.component = drill["id"], component
        self.bucket, self.s3 = bucket, s3

    def key(self, name: str) -> str:
        """Give the key of a file in the bucket."""
        return papers.key(self.drill, self.component, name)

    def read(self, name: str) -> Any:
        """Read a file; None where there is none."""
        key = self.key(name)
        with raising({}, f"s3://{self.bucket}/{key}"):
            try:
                reply = self.s3.get_object(Bucket=self.bucket, Key=key)
            except self.s3.exceptions.NoSuchKey:
                return None
            return json.loads(reply["Body"].read())

    def write(self, name: str, document: papers.Document) -> str:
        """Write a file over what may be there, and give its key."""
        return papers.put(self.key(name), document, self.bucket, self.s3).key
