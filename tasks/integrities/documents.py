"""The files of a digest in the evidence bucket: each segment's totals, and runs of its rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.drills import papers
from tasks.errors import AwsCallFailed
from tasks.integrities import hashing, moments, sums
from tasks.integrities.comparing import Side
from tasks.runtime import raising

FOLDERS = ["${EvidenceBucket.Arn}/drills/*", "${EvidenceBucket.Arn}/backups/*"]
READS: dict[str, str | list[str]] = {
    "s3:GetObject": FOLDERS,
    # Without it a missing object is told as a refused one (S3 API Reference, "GetObject").
    "s3:ListBucket": "${EvidenceBucket.Arn}",
}
WRITES: dict[str, str | list[str]] = {"s3:PutObject": FOLDERS}

Plan = Mapping[str, Any]


@dataclass(frozen=True)
class Store:
    """The evidence bucket and how it is reached."""

    bucket: str
    s3: Any

    def read(self, key: str) -> bytes | None:
        """Read an object; None where there is none."""
        with raising({}, f"s3://{self.bucket}/{key}"):
            try:
                return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
            except self.s3.exceptions.NoSuchKey:
                return None

    def read_part(self, key: str, first: int, last: int) -> bytes:
        """Read the bytes from the first to before the last."""
        with raising({}, f"s3://{self.bucket}/{key}"):
            reply = self.s3.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={first}-{last - 1}"
            )
            return bytes(reply["Body"].read())

    def write(self, key: str, content: bytes, kind: str = "application/octet-stream") -> None:
        """Write an object over what may be there."""
        with raising({}, f"s3://{self.bucket}/{key}"):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=kind)


def segment_key(digest: Plan, segment: int) -> str:
    """Name the file of a segment that has been read to its end."""
    return f"{digest['folder']}/segment-{segment:02d}.json"


def run_key(digest: Plan, segment: int, run: int) -> str:
    """Name a file of rows; a run that is taken again is written over."""
    return f"{digest['folder']}/rows-{segment:02d}-{run:05d}.bin"


def read_segment(digest: Plan, segment: int, store: Store) -> dict[str, Any] | None:
    """Read what a finished segment has found; None as long as it is not finished."""
    content = store.read(segment_key(digest, segment))
    return None if content is None else json.loads(content)


def write_segment(digest: Plan, segment: int, found: Mapping[str, Any], store: Store) -> None:
    """Write what a segment has found, which says that it is finished."""
    store.write(segment_key(digest, segment), papers.canonical(found), papers.JSON)


def read_segments(digest: Plan, store: Store) -> list[dict[str, Any]]:
    """Read all segments; raises AwsCallFailed where one is not finished: that is no digest."""
    found = []
    for number in range(digest["segments"]):
        segment = read_segment(digest, number, store)
        if segment is None:
            raise AwsCallFailed(
                f"Segment {number} of {digest['segments']} of {digest['table']} was not read to "
                f"its end: there is no s3://{store.bucket}/{segment_key(digest, number)}. Look "
                "at the steps that read the table's segments."
            )
        found.append(segment)
    return found


def side(digest: Plan, segments: Sequence[Mapping[str, Any]], store: Store) -> Side:
    """Make what can be compared of a digest; its rows stay where they are until they are asked."""
    runs = [run for segment in segments for run in segment["runs"]]
    rows = [sum(run["counts"][bucket] for run in runs) for bucket in range(sums.BUCKETS)]

    def fetch(first: int, last: int) -> Iterator[bytes]:
        for run in runs:
            begin = sum(run["counts"][:first]) * sums.ROW
            end = begin + sum(run["counts"][first:last]) * sums.ROW
            if end > begin:
                yield store.read_part(run["key"], begin, end)

    return Side(digest["name"], sums.added(segment["totals"] for segment in segments), rows, fetch)


def gather(digest: Plan, bucket: str, s3: Any) -> dict[str, Any]:
    """Give a digest whose segments are all read, with its totals: what a manifest keeps.

    Raises AwsCallFailed where a segment is not finished.
    """
    found = read_segments(digest, Store(bucket, s3))
    return {**digest, **summary(sums.added(segment["totals"] for segment in found))}


def summary(totals: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a person reads of a digest: items, checksum, and what was set aside."""
    return {
        "algorithm": hashing.ALGORITHM,
        "items": sum(totals["counts"]),
        "checksum": sums.checksum(totals["sums"]),
        "later": totals["later"],
        "undated": totals["undated"],
        "newest": moments.iso(totals["newest"]),
    }
