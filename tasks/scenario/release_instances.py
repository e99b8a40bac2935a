"""Look whether the instances that a drill isolated are released, or say what releases them."""

from typing import Any

from tasks.drills import ledger
from tasks.fleets import isolations
from tasks.runtime import client, setting, task

PERMISSIONS = {**ledger.STRIKES, **isolations.READING}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return look(
        request["row"],
        request["now"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def look(row: dict[str, Any], now: str, table: str, dynamodb: Any) -> dict[str, Any]:
    """Strike the row out where no isolation is recorded any more, else ask for a release.

    `request` is the input of the EC2 operation that releases those that are left.
    """
    detail = row["detail"]
    ids = detail["instance_ids"]
    left = isolations.read(ids, table, dynamodb)
    if not left:
        proof = f"no isolation is recorded of {', '.join(ids)}"
        ledger.strike_out(row, proof, now=now, table=table, dynamodb=dynamodb)
        return {"done": True, "proof": proof, "request": {}}
    return {
        "done": False,
        "proof": "",
        "request": {
            "action": "release_isolation",
            "targets": {"instance_ids": sorted(left)},
            "system": detail["system"],
            "environment": detail["environment"],
            "requested_by": detail["requested_by"],
            "reason": f"cleanup of restore drill {row['drill']}",
        },
    }
