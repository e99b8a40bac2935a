"""Say whether a restored bucket has all objects that it should have, equal, and nobody else's."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tasks.drills import checks, folders, standing, verdicts
from tasks.objects import batches, places, settings
from tasks.runtime import client, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **folders.READS,
    "s3:GetBucketPublicAccessBlock": places.COPY,
}
ERRORS = places.ERRORS
TIMEOUT = 300

AT_ONCE = 8
COUNTED = ("found", "bytes_found", "missing", "extra", "broken_off")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    standing.ask(request["drill"])
    target = request["drill"]["target"]["target"]
    folder, s3 = places.folder(request), client("s3", target)
    return check(request["component"], request["batches"], folder, s3)


def check(
    component: dict[str, Any], expected: int, folder: folders.Folder, s3: Any
) -> dict[str, Any]:
    """Sum up what was seen of each batch; one that nobody compared is an error.

    `expected` is how many there are, 0 for as many as the listing says.

    `newest_record` is the newest version or deletion that the copy is as of.
    """
    listing = batches.Listing.read(folder)
    names = [batches.name(number + 1) for number in range(listing.batches)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        parts = list(threads.map(lambda name: folder.read(f"compared/{name}.json"), names))
    private = settings.read("get_public_access_block", component["copy"], s3)
    switches = private.get("PublicAccessBlockConfiguration", {})
    return {
        "checks": [*judge(listing, expected or listing.batches, parts), check_private(switches)],
        "newest_record": listing.newest_record,
    }


def judge(
    listing: batches.Listing, expected: int, parts: list[dict[str, Any] | None]
) -> list[dict[str, Any]]:
    """Make the checks of a listing and of what was seen of each of its batches."""
    seen = [part for part in parts if part is not None]
    total: Counter[str] = Counter()
    by: Counter[str] = Counter()
    for part in seen:
        total.update({name: part[name] for name in COUNTED})
        by.update(part["by"])
    whole = listing.done and expected > 0 and len(seen) == listing.batches == expected
    examples = told(line for part in seen for line in part["examples"])
    how = f"equal by ETag {by['etag']}, by checksum {by['checksum']}, by reading {by['reading']}"
    return [
        verdicts.check(
            "all batches compared",
            verdicts.PASS if whole else verdicts.ERROR,
            f"{expected} batches of a whole listing",
            f"{len(seen)} batches, the listing is {'whole' if listing.done else 'unfinished'}",
        ),
        checks.equal(
            "object count",
            listing.objects,
            total["found"],
            f"{total['missing']} missing, {total['extra']} extra, {total['broken_off']} batches "
            f"broken off. {examples}",
        ),
        checks.equal("bytes", listing.bytes, total["bytes_found"]),
        checks.equal("equal contents", listing.objects, sum(by.values()), f"{how}. {examples}"),
    ]


def told(examples: Iterable[str]) -> str:
    """Name the first differences, by the hashes of their keys."""
    named = list(examples)
    shown = ", ".join(named[:5])
    return f"{shown} and {len(named) - 5} more" if len(named) > 5 else shown


def check_private(switches: dict[str, bool]) -> dict[str, Any]:
    """Check that nobody outside can read the copy."""
    closed = sum(bool(switches.get(name)) for name in settings.PRIVATE)
    return checks.equal("public access blocked", len(settings.PRIVATE), closed)
