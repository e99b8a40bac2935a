"""What became of each instance of a batch, and the batch's record; nothing here calls AWS."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.fleets import fleet

SUCCEEDED, FAILED = "succeeded", "failed"
NOT_TOUCHED, INTERRUPTED = "not_touched", "interrupted"
OUTCOMES = (SUCCEEDED, FAILED, NOT_TOUCHED, INTERRUPTED)
UNKNOWN = "unknown"
# The state that an action brings an instance to; the others leave it in its own.
STATES = {
    "start": "running",
    "stop": "stopped",
    "hibernate": "stopped",
    "reboot": "running",
    "terminate": "terminated",
}
# What a report reads of a batch's record.
REPORTED = ("number", *OUTCOMES, "changed_ids", "failures", "cause")

Values = Mapping[str, Any]


def of_batch(
    batch: Values,
    operation: Values,
    work: Values,
    outcome: str,
    cause: str,
    found: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """Give by id the outcome, error and reason of each instance of the batch, and what it is now.

    `outcome` is empty for a batch that went its way, else `not_touched` or `interrupted`.
    Then who failed before has failed, and of everybody else the cause is told, as of whoever
    the work does not know. `found` has what is known of instances now, in words.
    """
    cause = fleet.shortened(cause)
    reached = set(work["reached"]) if not outcome else set()
    failed = {one["instance_id"]: one for one in work["failed"]}
    became = {}
    for instance in batch["instances"]:
        one, before = instance["instance_id"], f"{instance['state']} {instance['type']}"
        if one in failed:
            said = failed[one]
            now = UNKNOWN if said["changed"] else before
            became[one] = _became(FAILED, now, said["changed"], said["error"], said["reason"])
        elif one in reached:
            now = found.get(one) or _now(instance, operation)
            became[one] = _became(SUCCEEDED, now, True)
        elif outcome == NOT_TOUCHED:
            became[one] = _became(NOT_TOUCHED, before, False, "NotTouched", cause)
        else:
            became[one] = _became(INTERRUPTED, UNKNOWN, True, "Interrupted", cause)
    return became


def record(
    batch: Values,
    operation: Values,
    became: Mapping[str, Values],
    cause: str,
    now: str,
) -> dict[str, Any]:
    """Give the batch's record: its counts, who succeeded, who failed and why, who changed.

    `changed_ids` are those that did not succeed and may be other than before; `failures` is
    JSON, a list of instance_id, error and reason.
    """
    counts = Counter(one["outcome"] for one in became.values())
    return {
        **store.batch(operation["id"], batch["number"]),
        "operation": operation["id"],
        "action": operation["action"],
        "number": batch["number"],
        "instances": len(became),
        **{outcome: counts[outcome] for outcome in OUTCOMES},
        "succeeded_ids": [one for one, it in became.items() if it["outcome"] == SUCCEEDED],
        "changed_ids": [
            one for one, it in became.items() if it["changed"] and it["outcome"] != SUCCEEDED
        ],
        "failures": json.dumps(
            [
                {"instance_id": one, "error": it["error"], "reason": it["reason"]}
                for one, it in became.items()
                if it["outcome"] == FAILED
            ]
        ),
        "cause": cause,
        "execution": operation["execution"]["id"],
        "recorded_at": now,
    }


def _became(
    outcome: str, to: str, changed: bool, error: str = "", reason: str = ""
) -> dict[str, Any]:
    return {"outcome": outcome, "to": to, "changed": changed, "error": error, "reason": reason}


def _now(instance: Values, operation: Values) -> str:
    action = operation["action"]
    if action == "terminate":
        return STATES[action]
    kind = operation["options"].get("instance_type", instance["type"])
    return f"{STATES.get(action, instance['state'])} {kind}"
