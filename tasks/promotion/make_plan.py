"""Work out what a promotion will do, and refuse one that must not be."""

import functools
import json
from collections.abc import Mapping
from typing import Any

from tasks import artifacts, manifests, plans, store
from tasks.errors import (
    EnvironmentSkipped,
    InvalidManifest,
    ReleaseQuarantined,
    UnknownRelease,
)
from tasks.manifests import Reader, Record
from tasks.runtime import client, setting, task

PERMISSIONS = {**manifests.PERMISSIONS, **artifacts.PERMISSIONS}
ERRORS = artifacts.ERRORS

# An execution's document takes 256 KiB (Step Functions User Guide, "Step Functions service
# quotas"), and the plan is in it beside what was captured.
LARGEST_PLAN = 128 * 1024


@task
def handler(request: Any, context: Any) -> Any:
    dynamodb = client("dynamodb")
    return plan(
        request["request"],
        account=context.invoked_function_arn.split(":")[4],
        reader=functools.partial(manifests.record, table=setting("STATE_TABLE"), dynamodb=dynamodb),
        bucket=setting("ARTIFACTS_BUCKET"),
        s3=client("s3"),
    )


def plan(
    request: Mapping[str, str], account: str, reader: Reader, bucket: str, s3: Any
) -> dict[str, Any]:
    """Give the plan; what is live already is answered as such, without asking whether it may go.

    Raises UnknownSystem, UnknownEnvironment, UnknownRelease, EnvironmentSkipped,
    ReleaseQuarantined, ArtifactMissing, ArtifactChanged or InvalidManifest.
    """
    system = manifests.system_named(request["system"], reader)
    environment, before = manifests.placed(system, request["environment"])
    digest = published(request, reader)
    live = reader(store.live(request["system"], request["environment"]))
    already_live = live.get("digest") == digest
    if not already_live:
        refuse_quarantined(request, digest, reader)
        refuse_skipped(request, digest, before, reader)
    release = manifest_of(request, digest, bucket, s3)
    if not live:
        # Beside a canary of the first release stands nothing that could answer.
        traffic = {**environment["traffic"], "strategy": "all_at_once"}
        environment = {**environment, "traffic": traffic}
    made = {
        **plans.lay_out(system, environment, release, digest, account),
        "already_live": already_live,
        "previous": {"release": live.get("release", ""), "digest": live.get("digest", "")},
    }
    size = len(json.dumps(made).encode())
    if size > LARGEST_PLAN:
        raise InvalidManifest(
            f"The plan for release {request['release']} takes {size // 1024} KiB, at most "
            f"{LARGEST_PLAN // 1024} fit: its site has {len(made['site']['files'])} files. "
            "Bundle them into fewer."
        )
    return made


def published(request: Mapping[str, str], reader: Reader) -> str:
    """Give the digest that a release was published with."""
    found = reader(store.release(request["system"], request["release"]))
    if not found:
        raise UnknownRelease(
            f"{request['system']} has no published release {request['release']}. `daytwo releases "
            f"list {request['system']}` has those that are; `daytwo releases publish FOLDER` "
            "publishes one."
        )
    if not found.get("published_at"):
        raise UnknownRelease(
            f"The publication of {request['system']} {request['release']} was begun and not "
            "finished. Publish it again, then promote it."
        )
    return found["digest"]


def refuse_quarantined(request: Mapping[str, str], digest: str, reader: Reader) -> None:
    """Raise ReleaseQuarantined where this very content was rolled back anywhere before."""
    found = reader(store.quarantine(request["system"], digest))
    if found:
        raise ReleaseQuarantined(
            f"{request['system']} {request['release']} is quarantined since {found['since']}: it "
            f"was rolled back in {found['environment']}. Why: {found['cause'].rstrip('.')}. "
            "Publish a corrected release under a new version and promote that."
        )


def refuse_skipped(request: Mapping[str, str], digest: str, before: str, reader: Reader) -> None:
    """Raise EnvironmentSkipped unless this very content was verified in the one before."""
    system, release = request["system"], request["release"]
    if not before:
        return
    found = reader(store.verified(system, before, release))
    if found.get("digest") != digest:
        state = "was verified with other content" if found else "is not verified"
        raise EnvironmentSkipped(
            f"{system} {release} {state} in {before}, which comes before "
            f"{request['environment']}. Promote it there first: "
            f"daytwo promote {system} {release} --to {before}"
        )


def manifest_of(request: Mapping[str, str], digest: str, bucket: str, s3: Any) -> Record:
    """Give the release's manifest, if it is the one that was published."""
    system, version = request["system"], request["release"]
    key = artifacts.folder(system, version) + "release.json"
    release = manifests.parsed(artifacts.read(key, digest, bucket, s3), "release", key)
    if (release["system"], release["version"]) != (system, version):
        raise InvalidManifest(
            f"{key} describes {release['system']} {release['version']}. Publish the release again."
        )
    return release
