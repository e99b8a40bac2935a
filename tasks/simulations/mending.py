"""The improvement actions of a simulation: of its drills, and of what was not played."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks import store
from tasks.drills import actions, records
from tasks.drills.verdicts import PASS

KIND = "not played through"

Values = Mapping[str, Any]


def opened(
    whole: Values, found: Sequence[Values], now: str, table: str, dynamodb: Any
) -> list[str]:
    """Open an action for each scenario that no drill has judged, as there is none of a drill.

    The same of an earlier simulation is the same action, seen again.
    """
    done = []
    planned = {one["name"]: one for one in whole["scenarios"]}
    for one in found:
        if one["verdict"] == PASS or one["report_key"]:
            continue
        plan = _plan(whole, planned[one["scenario"]])
        finding = {"component": "", "kind": KIND, "text": f"Not played through: {one['words']}"}
        known = actions.of_finding(finding, actions.standing(plan["drill"], table, dynamodb))
        if known is None:
            known = actions.new(plan, finding, now)
            actions.put(known, table, dynamodb)
        else:
            actions.found_again(known, finding, one["drill"], table, dynamodb)
        done.append(known["sk"])
    return done


def of_drills(drills: Iterable[str], table: str, dynamodb: Any) -> list[dict[str, Any]]:
    """List the actions that some drills opened or found again, the one that is due first first."""
    wanted = set(drills)
    fields = ("scenario", "component", "text", "owner", "due_at", "status", "retest")
    found = [
        {"id": action["sk"], **{field: action[field] for field in fields}}
        for action in records.partition(store.action("")["pk"], table, dynamodb)
        if action["last_drill"] in wanted
    ]
    return sorted(found, key=lambda action: (action["due_at"], action["id"]))


def _plan(whole: Values, scenario: Values) -> dict[str, Any]:
    """Give what an action is made of, as a drill's plan has it."""
    return {
        "drill": {
            "id": scenario["drill"],
            "system": whole["simulation"]["system"],
            "scenario": scenario["name"],
        },
        "environment": scenario["target_environment"],
        "owner": scenario["owner"],
        "due_days": scenario["due_days"],
    }
