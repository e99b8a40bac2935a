"""Check the key and the indexes of a restored table, samples of it, and how new it is."""

import json
from collections.abc import Mapping
from typing import Any

from tasks.drills import clocks
from tasks.errors import NothingToRestore
from tasks.integrities import documents, moments, planning
from tasks.integrities.documents import Store
from tasks.runtime import client, iso, setting, task
from tasks.tables import judging, looking, places, samples, shapes
from tasks.tables.looking import Copy

PERMISSIONS = places.merged(
    documents.READS,
    {
        "dynamodb:DescribeTable": places.BOTH,
        "dynamodb:GetItem": places.BOTH,
        "dynamodb:Scan": places.COPIES,
    },
    places.ASSUME,
)
TIMEOUT = 300


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    return check(
        request,
        client("dynamodb", drill["source"]["target"]),
        client("dynamodb", drill["target"]["target"]),
        Store(setting("EVIDENCE_BUCKET"), client("s3")),
    )


def check(request: Mapping[str, Any], source: Any, dynamodb: Any, store: Store) -> dict[str, Any]:
    """Give the checks, and the moment of the newest record that the copy has.

    Raises NothingToRestore where the copy is not there, or nothing tells what it should be.
    """
    component, reference = request["component"], request["reference"]
    table = places.find(component["copy"], dynamodb)
    if table is None:
        raise NothingToRestore(f"There is no copy {component['copy']} that could be looked at")
    copy = Copy(component, table, dynamodb, recovered_to(component, table))
    manifest = read_manifest(component, store)
    digest = documents.gather(request["copy_digest"], store.bucket, store.s3)
    expected = documents.gather(reference, store.bucket, store.s3)
    lot = samples.Lot.of(request["drill"]["id"], digest["items"])
    heartbeat, written = looking.sentinel(copy)
    found = [
        *looking.point(copy),
        *looking.schema(copy, expected_shape(component, manifest, source)),
        *looking.sample_reads(copy, lot, reference["keys"], judge(request, source, store)),
        *looking.freshness(copy, digest["newest"], not digest["items"] and not expected["items"]),
        *heartbeat,
    ]
    return {"checks": found, "newest_record": clocks.newest([digest["newest"], written])}


def recovered_to(component: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    """Give the moment that the copy's data are as of."""
    told = table.get("RestoreSummary", {}).get("RestoreDateTime")
    return str(component["recovery_point"]["at"]) or (iso(told) if told else "")


def read_manifest(component: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """Read the manifest that was made with the backup, {} for none."""
    key = component["recovery_point"]["manifest_key"]
    content = store.read(key) if key else None
    return {} if content is None else dict(json.loads(content))


def expected_shape(
    component: Mapping[str, Any], manifest: Mapping[str, Any], source: Any
) -> shapes.Shape:
    """Give the shape of the table when its backup was made, or else of the source now."""
    schema = manifest.get("detail", {}).get("schema")
    if schema:
        return shapes.of_manifest(schema)
    table = places.find(component["resource"], source)
    if table is None:
        raise NothingToRestore(
            f"There is no table {component['resource']}, and no manifest tells what its copy "
            "should look like. Choose a backup with a manifest."
        )
    return shapes.of_table(table)


def judge(request: Mapping[str, Any], source: Any, store: Store) -> judging.Judge:
    """Give who knows what a sample should be."""
    reference = request["reference"]
    deletes = bool(request["component"]["config"].get("deletes", False))
    if reference["name"] == planning.REFERENCE and reference["folder"].startswith("backups/"):
        segments = documents.read_segments(reference, store)
        return judging.Manifest(documents.side(reference, segments, store), deletes)
    return judging.Source(reference, deletes, moments.epoch(request["now"]), source)
