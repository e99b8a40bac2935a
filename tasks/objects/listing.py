"""Which versions of objects a bucket had at a moment, read page by page.

Amazon S3 User Guide, "Listing object versions in a versioning-enabled bucket" and "Working
with delete markers".
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """A version of an object, or a delete marker."""

    key: str
    version_id: str
    size: int
    etag: str
    modified: datetime
    deleted: bool
    latest: bool


def entries(page: Mapping[str, Any]) -> list[Entry]:
    """Give the versions and delete markers of a page in S3's order: by key, newest first.

    S3 tells moments in whole seconds; of a version and a marker in the same second the one
    that S3 calls the latest is the newer, and where neither is, the version: rather one
    object too many than one lost.
    """
    found = [
        Entry(
            key=item["Key"],
            version_id=item["VersionId"],
            size=item.get("Size", 0),
            etag=item.get("ETag", "").strip('"'),
            modified=item["LastModified"],
            deleted=deleted,
            latest=item["IsLatest"],
        )
        for name, deleted in (("Versions", False), ("DeleteMarkers", True))
        for item in page.get(name, [])
    ]
    return sorted(found, key=lambda one: (one.key, -one.modified.timestamp(), not one.latest))


def as_of(found: Iterable[Entry], moment: datetime, decided: str = "") -> Iterator[Entry]:
    """Give what stood under each key at a moment: a version, or a delete marker.

    `decided` is the key that the page before gave, whose older versions may go on here. A key
    that came later gives nothing.
    """
    for entry in found:
        if entry.key != decided and entry.modified <= moment:
            decided = entry.key
            yield entry
