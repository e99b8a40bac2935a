"""Lists that are too long for an execution's document: written to S3 line by line, and read so."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tasks.runtime import raising

# What fits in memory before it goes to the function's disk.
IN_MEMORY = 1024 * 1024


class Listing:
    """A list that is collected in a file, with a digest, and put to S3 as one object."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """Give the SHA-256, in hex, of what was written so far."""
        return self._digest.hexdigest()

    def write(self, text: str) -> None:
        """Add text to the end."""
        content = text.encode()
        self._digest.update(content)
        self._file.write(content)

    def line(self, entry: Mapping[str, Any]) -> None:
        """Add an entry as one line of JSON."""
        self.write(json.dumps(entry, separators=(",", ":")) + "\n")

    def put(self, key: str, content_type: str, bucket: str, s3: Any) -> None:
        """Write what was collected as an object, and let go of the file."""
        self._file.seek(0)
        with self._file, raising({}, f"s3://{bucket}/{key}"):
            s3.put_object(Bucket=bucket, Key=key, Body=self._file, ContentType=content_type)


def put_array(entries: Iterable[Mapping[str, Any]], key: str, bucket: str, s3: Any) -> int:
    """Write entries as an object with one JSON array, an entry a line; gives how many."""
    listing = Listing()
    count = 0
    for entry in entries:
        listing.write(("," if count else "[") + "\n" + json.dumps(entry, separators=(",", ":")))
        count += 1
    listing.write("\n]\n" if count else "[]\n")
    listing.put(key, "application/json", bucket, s3)
    return count


def lines(key: str, bucket: str, s3: Any) -> Iterator[dict[str, Any]]:
    """Read an object of JSON lines, or of an array with an entry a line, one entry at a time."""
    with raising({}, f"s3://{bucket}/{key}"):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
        for line in body.iter_lines():
            text = line.decode().rstrip(",")
            if text.startswith("{"):
                yield json.loads(text)
