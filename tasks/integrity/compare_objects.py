"""Compare a batch of restored objects with the versions that they were made of."""

from typing import Any

from tasks.drills import folders, standing
from tasks.objects import comparing, copying, places
from tasks.runtime import client, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **folders.WRITES,
    "s3:ListBucket": [folders.READS["s3:ListBucket"], places.COPY],
    "s3:GetObject": [folders.READS["s3:GetObject"], places.COPY_OBJECTS, places.SOURCE_OBJECTS],
    "s3:GetObjectVersion": places.SOURCE_OBJECTS,
    "kms:Decrypt": places.KEYS,
}
ERRORS = places.ERRORS
TIMEOUT = 900
MEMORY = 512


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    way = copying.Way(
        component["resource"],
        component["copy"],
        client("s3", drill["source"]["target"]),
        client("s3", drill["target"]["target"]),
    )
    prefix = component["config"].get("prefix", "")
    return compare(request["batch"], prefix, places.folder(request), way)


def compare(
    batch_name: str, prefix: str, folder: folders.Folder, way: copying.Way
) -> dict[str, Any]:
    """Write down what was seen of a batch, for the check of them all."""
    batch = folder.read(f"batches/{batch_name}.json")
    restored = folder.read(f"restored/{batch_name}.json")
    found = places.copied(batch, prefix, way.copy, way.s3)
    told = comparing.compare(batch, found, (restored or {"failed": {}})["failed"], way)
    # Nobody wrote what became of the batch: the function that restored it broke off.
    told["broken_off"] = int(restored is None)
    folder.write(f"compared/{batch_name}.json", told)
    return {"differences": told["missing"] + told["changed"] + told["extra"]}
