"""See that each object of a release is the one that was published, by its digest."""

from collections.abc import Iterator, Mapping
from typing import Any

from tasks import artifacts
from tasks.errors import ArtifactChanged, ArtifactMissing
from tasks.runtime import client, setting, task

PERMISSIONS = artifacts.PERMISSIONS
ERRORS = artifacts.ERRORS
# Reading is bound by the network, of which a function gets more with its memory.
TIMEOUT = 300
MEMORY = 512

MOST_TOLD = 5


@task
def handler(request: Any, context: Any) -> Any:
    return verify(request, bucket=setting("ARTIFACTS_BUCKET"), s3=client("s3"))


def verify(plan: Mapping[str, Any], bucket: str, s3: Any) -> dict[str, int]:
    """Read each object once and compare digests.

    Raises ArtifactChanged if any was changed, else ArtifactMissing if any is gone; the
    message names the first five keys, with what was expected and what was found.
    """
    missing: list[str] = []
    changed: list[str] = []
    expected = dict.fromkeys(objects(plan))
    for key, sha256 in expected:
        try:
            found = artifacts.measure(key, bucket, s3)
        except ArtifactMissing:
            missing.append(f"{key} is gone (expected {artifacts.short(sha256)})")
            continue
        if found != sha256:
            changed.append(artifacts.changed(key, sha256, found))
    if changed or missing:
        error = ArtifactChanged if changed else ArtifactMissing
        raise error(told([*changed, *missing]))
    return {"verified": len(expected)}


def objects(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the key and the digest of each object that the plan is going to use."""
    yield plan["stack"]["template_key"], plan["stack"]["template_sha256"]
    evidence = [entry for files in plan["evidence"].values() for entry in files]
    for entry in [*plan["functions"], *plan["site"]["files"], *evidence]:
        yield entry["key"], entry["sha256"]


def told(findings: list[str]) -> str:
    """Name the first findings and count the others."""
    more = len(findings) - MOST_TOLD
    rest = f"; and {more} more" if more > 0 else ""
    return (
        f"{'; '.join(findings[:MOST_TOLD])}{rest}. Publish the content again under a new version: "
        "a release does not change once it is published."
    )
