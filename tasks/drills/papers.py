"""What a drill writes into the evidence bucket: JSON that is the same bytes on any machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tasks.errors import AwsCallFailed
from tasks.runtime import raising

# What reading and writing take.
READS = {"s3:GetObject": "${EvidenceBucket.Arn}/drills/*"}
WRITES = {"s3:PutObject": "${EvidenceBucket.Arn}/drills/*"}
JSON = "application/json"

Document = Mapping[str, Any] | Sequence[Any]


class Paper(NamedTuple):
    """Where an object was put, and the SHA-256 of its bytes in hex."""

    key: str
    digest: str


def key(drill: str, *names: str) -> str:
    """Name an object of a drill: drills/<id>/<name>/…"""
    return "/".join(("drills", drill, *names))


def canonical(document: Document) -> bytes:
    """Write a document as JSON, the same bytes for the same content on any machine."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1)
    return text.encode() + b"\n"


def sha256(content: bytes) -> str:
    """Give the SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def sha256_of(document: Document) -> str:
    """Give the SHA-256 that a document has in its one form."""
    return sha256(canonical(document))


def put(name: str, document: Document, bucket: str, s3: Any) -> Paper:
    """Write a document over what may be there under the key."""
    content = canonical(document)
    with raising({}, f"s3://{bucket}/{name}"):
        s3.put_object(Bucket=bucket, Key=name, Body=content, ContentType=JSON)
    return Paper(name, sha256(content))


def get(name: str, bucket: str, s3: Any, digest: str = "") -> Any:
    """Read a document; raises AwsCallFailed where it is not the one of that digest."""
    with raising({}, f"s3://{bucket}/{name}"):
        content = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    if digest and sha256(content) != digest:
        raise AwsCallFailed(
            f"s3://{bucket}/{name} is not what was written there: its SHA-256 is "
            f"{sha256(content)}, not {digest}. Look at the object's versions."
        )
    return json.loads(content)
