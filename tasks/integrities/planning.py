"""Which table a digest is taken of, up to which moment, and where its files go."""

import json
from collections.abc import Mapping
from typing import Any

from tasks.backups import marks
from tasks.drills import copies, papers
from tasks.errors import NothingToRestore
from tasks.integrities.documents import Store
from tasks.runtime import raising
from tasks.tables import places

# Clocks of those who write may be wrong by so much; DynamoDB restores to the second.
SLACK_SECONDS = 60
SEGMENTS = 4
# Digests of what a copy is compared with; all others are of copies.
REFERENCE, AGAIN, BACKUP = "reference", "again", "digest"
SOURCES = (REFERENCE, AGAIN, BACKUP)
COPY = "copy"

Values = Mapping[str, Any]


def folder(name: str, component: Values, drill: Values, backup: Values) -> str:
    """Name the folder of a digest in the evidence bucket, without a slash at its end."""
    if backup:
        return marks.key(backup, component, name)
    return papers.key(drill["id"], component["name"], name)


def table_of(name: str, component: Values) -> str:
    """Name the table to be read; raises NotACopy where a copy is none by its name."""
    if name in SOURCES:
        return str(component["resource"])
    copies.check_name(component["copy"])
    return str(component["copy"])


def from_manifest(component: Values, store: Store) -> dict[str, Any]:
    """Give the digest that was taken with the backup, {} where the component has no manifest.

    Raises NothingToRestore where the manifest is gone or holds no digest.
    """
    key = component["recovery_point"]["manifest_key"]
    if not key:
        return {}
    content = store.read(key)
    digest = json.loads(content).get("digest", {}) if content is not None else {}
    if not digest:
        what = "is gone" if content is None else "has no digest of the table"
        raise NothingToRestore(
            f"The manifest s3://{store.bucket}/{key} {what}, so that the copy of "
            f"{component['resource']} cannot be compared with it. Choose another backup."
        )
    return {**digest, "name": REFERENCE}


def is_known(component: Values, cut_off: str) -> bool:
    """Tell whether the reference holds though the source is written to meanwhile.

    Otherwise a second look at the source tells whether it was.
    """
    dated = component["config"].get("changed_attribute", "") and cut_off
    return bool(component["recovery_point"]["manifest_key"] or dated)


def plan(
    name: str, component: Values, target: Values, place: str, cut_off: str, dynamodb: Any
) -> dict[str, Any]:
    """Give the plan of a digest: all that each segment's reader has to know.

    `place` is its folder. Of a source, items that were changed after `cut_off` are set aside;
    without one, or without an attribute that tells when, the digest is exact only of a table
    that nobody writes to. Raises NothingToRestore where there is no such table.
    """
    table, config = table_of(name, component), component["config"]
    described = places.find(table, dynamodb)
    if described is None:
        raise NothingToRestore(f"There is no table {table} in {dynamodb.meta.region_name}")
    changed = config.get("changed_attribute", "")
    is_source = name in SOURCES
    return {
        "name": name,
        "folder": place,
        "table": table,
        "target": {"region": target["region"], "role_arn": target["role_arn"]},
        "keys": places.keys(described),
        "segments": config.get("segments", SEGMENTS),
        "cut_off": cut_off if is_source and changed else "",
        "slack_seconds": SLACK_SECONDS,
        "changed_attribute": changed,
        "changed_format": config.get("changed_format", "iso"),
        "ttl_attribute": ttl_attribute(table, dynamodb),
        # Half the price for the source; what is old enough to be compared, any replica has.
        "consistent": not is_source,
        "exact": not is_source or bool(changed and cut_off),
    }


def ttl_attribute(table: str, dynamodb: Any) -> str:
    """Name the attribute by which DynamoDB deletes items of a table, empty for none."""
    with raising(places.ERRORS, f"table {table}"):
        found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    active = found["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    return str(found["AttributeName"]) if active else ""
