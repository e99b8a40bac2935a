"""List what a drill made or changed and has not removed or undone yet."""

from typing import Any

from tasks import store
from tasks.drills import ledger, records, verdicts
from tasks.drills.scenarios import UNDONE
from tasks.runtime import client, setting, task

PERMISSIONS = {**records.PERMISSIONS, **ledger.STRIKES}
MOST_ROWS = 200
KEPT = "kept for a look, as the drill is not green"


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return rows(
        request["drill_id"],
        request["keep"],
        request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def rows(drill: str, keep: str, now: str, table: str, dynamodb: Any) -> dict[str, Any]:
    """Give the rows that are to be removed or undone, disturbances first.

    Where copies are to be kept and not every component of the plan is recorded as green, their
    rows are marked as kept and not given; a disturbance is undone in any case.
    """
    found = ledger.rows(drill, table=table, dynamodb=dynamodb)
    wanted = {"planned"} if keep == "on_failure" else {"planned", "kept"}
    left = [row for row in found if row["status"] in wanted]
    if keep == "on_failure" and not green(drill, table, dynamodb):
        for row in left:
            if row["kind"] not in UNDONE:
                ledger.strike_out(row, KEPT, now=now, table=table, dynamodb=dynamodb, status="kept")
                row["status"] = "kept"
        left = [row for row in left if row["status"] == "planned"]
    left.sort(key=lambda row: (row["kind"] not in UNDONE, row["planned_at"], row["name"]))
    return {
        "rows": left[:MOST_ROWS],
        "count": min(len(left), MOST_ROWS),
        "more": len(left) > MOST_ROWS,
        "kept": sum(row["status"] == "kept" for row in found) if keep == "on_failure" else 0,
    }


def green(drill: str, table: str, dynamodb: Any) -> bool:
    """Tell whether every component that the drill was opened with is recorded as PASS."""
    expected = records.read(store.drill(drill), table, dynamodb).get("components", 0)
    recorded = records.outcomes(drill, table, dynamodb).values()
    return len(recorded) == expected > 0 and all(
        record["verdict"] == verdicts.PASS for record in recorded
    )
