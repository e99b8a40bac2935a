"""Whether a copy has the same content as the version it was made of.

Amazon S3 User Guide, "Checking object integrity": an ETag tells the content where both were
uploaded in the same parts and no KMS key is used; a checksum of the full object always does;
reading both is what is left.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.objects.copying import Object, Way
from tasks.runtime import raising

CHUNK_BYTES = 1024 * 1024
CHECKSUMS = ("SHA256", "SHA1", "CRC64NVME", "CRC32C", "CRC32")
MOST_EXAMPLES = 20


def short(key: str) -> str:
    """Name a key in evidence, which holds no data: anybody who knows the key finds it again."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def compare(
    batch: Mapping[str, Any], found: Iterator[dict[str, Any]], failed: Mapping[str, str], way: Way
) -> dict[str, Any]:
    """Compare a batch's versions with what the copy has in the same range of keys.

    `failed` has by short key why an object was not restored. Gives counts only, and the short
    keys of the first differences.
    """
    there = {item["Key"]: item for item in found}
    told: dict[str, Any] = {
        "expected": len(batch["objects"]),
        "found": len(there),
        "bytes_expected": sum(one["size"] for one in batch["objects"]),
        "bytes_found": sum(item["Size"] for item in there.values()),
        "missing": 0,
        "changed": 0,
        "extra": 0,
        "by": {"etag": 0, "checksum": 0, "reading": 0},
        "examples": [],
    }

    def differs(kind: str, key: str, why: str) -> None:
        told[kind] += 1
        if len(told["examples"]) < MOST_EXAMPLES:
            told["examples"].append(f"{kind} {short(key)}{why and f': {why}'}")

    for one in batch["objects"]:
        item = there.pop(one["key"], None)
        if item is None:
            differs("missing", one["key"], failed.get(short(one["key"]), ""))
            continue
        way_seen = equal_by(one, item, way)
        if way_seen:
            told["by"][way_seen] += 1
        else:
            differs("changed", one["key"], "")
    for key in there:
        differs("extra", key, "")
    return told


def equal_by(one: Object, item: Mapping[str, Any], way: Way) -> str:
    """Tell by what the copy was seen to be equal: etag, checksum, reading; "" if it differs."""
    if one["size"] != item["Size"]:
        return ""
    if one["etag"] == item["ETag"].strip('"'):
        return "etag"
    with raising({}, f"an object of s3://{way.source} and s3://{way.copy}"):
        copy = {"Bucket": way.copy, "Key": one["key"]}
        theirs = way.source_s3.head_object(**way.version(one), ChecksumMode="ENABLED")
        ours = way.s3.head_object(**copy, ChecksumMode="ENABLED")
        for name in CHECKSUMS:
            pair = [full_checksum(head, name) for head in (theirs, ours)]
            if all(pair):
                return "checksum" if pair[0] == pair[1] else ""
        same = digest(way.source_s3, way.version(one)) == digest(way.s3, copy)
    return "reading" if same else ""


def full_checksum(head: Mapping[str, Any], name: str) -> str:
    """Give the checksum of the whole object; "" where there is none, or one of its parts only."""
    found = str(head.get(f"Checksum{name}", ""))
    composite = head.get("ChecksumType") == "COMPOSITE" or "-" in found
    return "" if composite else found


def digest(s3: Any, request: Mapping[str, str]) -> str:
    """Read an object and give its SHA-256, without holding it in memory whole."""
    body, seen = s3.get_object(**request)["Body"], hashlib.sha256()
    while chunk := body.read(CHUNK_BYTES):
        seen.update(chunk)
    return seen.hexdigest()
