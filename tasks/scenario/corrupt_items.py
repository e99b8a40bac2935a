"""Harm a few items of a restored table in known ways, for the checks to find."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tasks.drills import clocks, copies, notes, standing
from tasks.drills.folders import Folder
from tasks.errors import NothingToRestore
from tasks.integrities import documents, hashing
from tasks.runtime import client, iso, raising, setting, task
from tasks.tables import corruptions, places, samples
from tasks.tables.samples import Lot

PERMISSIONS = places.merged(
    standing.PERMISSIONS,
    notes.PERMISSIONS,
    documents.READS,
    {
        "dynamodb:DescribeTable": places.COPIES,
        "dynamodb:DescribeContinuousBackups": places.COPIES,
        "dynamodb:Scan": places.COPIES,
        "dynamodb:PutItem": places.COPIES,
        "dynamodb:DeleteItem": places.COPIES,
    },
    places.ASSUME,
)
TIMEOUT = 120

NOTE = "corruption.json"
# DynamoDB restores to the second, and what was written in that second is in it.
BEFORE = timedelta(seconds=1)


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    folder = Folder(drill, component["name"], setting("EVIDENCE_BUCKET"), client("s3"))
    dynamodb = client("dynamodb", drill["target"]["target"])
    return corrupt(request, dynamodb, folder)


def corrupt(request: Mapping[str, Any], dynamodb: Any, folder: Folder) -> dict[str, Any]:
    """Harm the items that the drill's id chooses, once, and give the hashes of their keys.

    Waits until the copy can be restored to just before. Again, it harms what it has not harmed
    yet, and nothing else. Raises NotACopy, and NothingToRestore where there is no way back.
    """
    component, digest, now = request["component"], request["copy_digest"], request["now"]
    name = component["copy"]
    copies.check_name(name)
    table = places.find(name, dynamodb)
    if table is None:
        raise NothingToRestore(f"There is no copy {name} whose items could be corrupted")
    note = folder.read(NOTE)
    restore_to = clocks.instant(now).replace(microsecond=0) - BEFORE
    if note is None and restore_to < way_back(name, dynamodb):
        return answer(False, f"{name} cannot be restored to {iso(restore_to)} yet")
    items_in_it = documents.gather(digest, folder.bucket, folder.s3)["items"]
    lot = Lot.of(f"{request['drill']['id']} corruption", items_in_it)
    count = component["options"]["corrupt_items"]
    chosen = samples.chosen(lot, name, digest["keys"], count, dynamodb)
    if note is None:
        items = [
            {
                "key": key.hex(),
                "before": hashing.item_hash(item).hex(),
                "way": corruptions.way(number),
            }
            for number, (key, item) in enumerate(chosen)
        ]
        first = {"corrupted_at": now, "restore_to": iso(restore_to), "items": items}
        note = notes.first(folder.key(NOTE), first, folder.bucket, folder.s3)
    harm(table, component["config"], chosen, note, digest["keys"], dynamodb)
    found = answer(True, f"{len(note['items'])} items are corrupted")
    keys = [entry["key"] for entry in note["items"]]
    return {
        **found,
        "corrupted_at": note["corrupted_at"],
        "restore_to": note["restore_to"],
        "keys": keys,
    }


def way_back(name: str, dynamodb: Any) -> datetime:
    """Give the earliest moment that the copy can be restored to."""
    with raising(places.ERRORS, f"table {name}"):
        told = dynamodb.describe_continuous_backups(TableName=name)
    window = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if window.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise NothingToRestore(
            f"Point-in-time recovery of the copy {name} is off, so that nothing would bring back "
            "what is corrupted: look at why its settings could not be matched"
        )
    earliest: datetime = window["EarliestRestorableDateTime"]
    return earliest


def harm(
    table: Mapping[str, Any],
    config: Mapping[str, Any],
    chosen: list[tuple[bytes, hashing.Item]],
    note: Mapping[str, Any],
    keys: list[str],
    dynamodb: Any,
) -> None:
    """Harm those of the chosen items that the note names and that are as they were."""
    noted = {entry["key"]: entry for entry in note["items"]}
    spared = {one["AttributeName"] for one in table["AttributeDefinitions"]}
    spared.add(config.get("changed_attribute", ""))
    for key, item in chosen:
        entry = noted.get(key.hex())
        if entry is None or hashing.item_hash(item).hex() != entry["before"]:
            continue
        with raising(places.ERRORS, f"table {table['TableName']}"):
            if entry["way"] == corruptions.REMOVED:
                dynamodb.delete_item(
                    TableName=table["TableName"], Key={name: item[name] for name in keys}
                )
            else:
                changed = corruptions.harmed(item, entry["way"], spared)
                dynamodb.put_item(TableName=table["TableName"], Item=changed)


def answer(done: bool, state: str) -> dict[str, Any]:
    """Say how far it is."""
    return {"done": done, "state": state, "corrupted_at": "", "restore_to": "", "keys": []}
