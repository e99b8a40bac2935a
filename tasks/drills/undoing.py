"""The row of what a drill made or changed: struck out once that is proved to be gone."""

from collections.abc import Mapping
from typing import Any

from tasks.drills import ledger
from tasks.runtime import client, setting

# What a task needs that removes or undoes, beside its own work.
PERMISSIONS = ledger.STRIKES


def told(request: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Give a step's answer; where it is done, its row is struck out first with the proof."""
    if answer["done"]:
        ledger.strike_out(
            request["row"],
            answer["proof"],
            now=request["now"],
            table=setting("STATE_TABLE"),
            dynamodb=client("dynamodb"),
        )
    return answer
