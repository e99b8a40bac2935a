"""Measure how old the newest good backup of each component is, over all registered systems."""

from typing import Any

from tasks import manifests
from tasks.backups import ages, records
from tasks.backups.ages import Age
from tasks.errors import InvalidManifest
from tasks.runtime import client, log, metric, setting, task

PERMISSIONS = {**records.READS}
MOST_TOLD = 20
LONGEST = 200


@task
def handler(request: Any, context: Any) -> Any:
    found, unread = measure(request["now"], setting("STATE_TABLE"), client("dynamodb"))
    late = [age for age in found if age.too_old]
    for age in found:
        if age.hours is not None:
            place = {"system": age.system, "environment": age.environment}
            metric("BackupAgeHours", age.hours, "None", **place, component=age.component)
    # One metric of all systems, so that one alarm watches those registered later as well.
    metric("BackupsTooOld", len(late) + len(unread))
    words = [age.words for age in late] + unread
    return {
        "measured": len(found),
        "too_old": len(words),
        "words": [entry[:LONGEST] for entry in words[:MOST_TOLD]],
    }


def measure(now: str, table: str, dynamodb: Any) -> tuple[list[Age], list[str]]:
    """Give the ages of all that is to be backed up, and what is wrong with unreadable manifests.

    `now` is ISO 8601 UTC.
    """
    found: list[Age] = []
    unread = []
    for item in manifests.registered(table, dynamodb):
        name = item["sk"]
        try:
            manifest = manifests.parsed(item["manifest"], "system", f"manifest of system {name}")
        except InvalidManifest as invalid:
            log.warning("unread", extra={"system": name, "error": str(invalid)})
            unread.append(f"{name}: {invalid}")
            continue
        for environment in manifest["environments"]:
            if environment["name"] in manifest["recovery"]["backups"]["environments"]:
                place = (name, environment["name"])
                rows = records.read(*place, table=table, dynamodb=dynamodb)
                found += ages.of(manifest, environment, rows, now)
    return found, unread
