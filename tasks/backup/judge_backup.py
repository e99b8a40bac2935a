"""Judge a backup by the records of its components: one without a record has failed too."""

from collections.abc import Iterable, Mapping
from typing import Any

from tasks.backups import records
from tasks.backups.records import GOOD, Row
from tasks.runtime import client, metric, setting, task

PERMISSIONS = {**records.READS}
MOST_TOLD = 10
NO_RECORD = "its steps did not begin: see the execution's Map run"
CUT_OFF = "its steps were cut off: see the execution's Map run"


@task
def handler(request: Any, context: Any) -> Any:
    backup = request["backup"]
    place = {"table": setting("STATE_TABLE"), "dynamodb": client("dynamodb")}
    rows = records.read(backup["system"], backup["environment"], **place)
    judged = judge(backup, request["components"], rows)
    where = {"system": backup["system"], "environment": backup["environment"]}
    metric("BackupsFailed", len(judged["failed"]), **where)
    return judged


def judge(backup: Mapping[str, Any], components: list[str], rows: Iterable[Row]) -> dict[str, Any]:
    """Tell which components have a good backup with all its copies, and which have not."""
    made = {row["component"]: row for row in rows if row["backup"] == backup["id"]}
    good, failed = [], []
    for name in components:
        row = made.get(name)
        if row is None:
            failed.append({"component": name, "reason": NO_RECORD})
        elif row["status"] != GOOD or row["trouble"]:
            failed.append({"component": name, "reason": row["trouble"] or CUT_OFF})
        else:
            good.append(name)
    place = f"{backup['system']}/{backup['environment']}"
    words = f"{len(good)} of {len(components)} {backup['kind']} of {place} are good"
    told = [f"{entry['component']}: {entry['reason']}" for entry in failed[:MOST_TOLD]]
    return {
        "complete": not failed,
        "good": good,
        "failed": failed,
        "words": ". ".join([words, *told]),
    }
