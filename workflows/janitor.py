"""daytwo-janitor: finish what a promotion left behind that was aborted, timed out or broke.

Such an execution skips every catch. Its lock has the claim of what it was about to change,
and the janitor takes the same ways out over it.
"""

from typing import Any

from workflows import promotion
from workflows.asl import Choice, Rule, Steps, Succeed, chain, write
from workflows.ends import failed_clean, failed_dirty, rolled_back
from workflows.triggers import ends_without_a_catch

INPUT = "workflows/janitor"
TIMEOUT_SECONDS = 4 * 3600
PERMISSIONS = promotion.PERMISSIONS

NAMED_ENDS = ["RolledBack", "FailedClean", "FailedDirty"]
EVENTS = ends_without_a_catch("PromotionStateMachine", "Promotion", NAMED_ENDS)


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    dirty = failed_dirty()
    clean = failed_clean(dirty)
    find = Steps(dirty, "$.dirty").task(
        "Find what it held",
        "janitor.find_claim",
        {"document.$": "$"},
        result="$",
    )
    deployed = Choice("Had it begun to deploy?")
    deployed.add_choice(Rule.IsPresent("$.captured", True), rolled_back(dirty))
    deployed.default_choice(clean)
    found = Choice("Did it hold anything?")
    found.add_choice(Rule.BooleanEquals("$.found", False), Succeed("There is nothing to do"))
    found.default_choice(deployed)
    return write(chain(find, found), __doc__ or "", TIMEOUT_SECONDS)
