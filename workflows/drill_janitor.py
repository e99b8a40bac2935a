"""daytwo-drill-janitor: settle what a drill left that was aborted, timed out or broke.

Such an execution skips every catch. What stands in its ledger is removed or undone, and the
drill is judged with what was recorded: it is never green. Each hour all open drills are
looked at, so that nothing is left for want of an event, and kept copies go when their day
is over.
"""

from typing import Any

from workflows import restore_drill
from workflows.asl import Choice, Fail, Pass, Rule, State, Steps, Succeed, chain, write
from workflows.recovery.settling import settled, told
from workflows.triggers import Schedule, ends_without_a_catch

INPUT = "workflows/drill_janitor"
TIMEOUT_SECONDS = 24 * 3600
PERMISSIONS = restore_drill.PERMISSIONS

NAMED_ENDS = ["FailedClean", "FailedDirty", "DrillFailed"]
EVENTS = ends_without_a_catch("RestoreDrillStateMachine", "Drill", NAMED_ENDS)
SCHEDULES = [Schedule("EachHour", "rate(1 hour)", {})]
DRILL = {
    "plan.$": "$$.Map.Item.Value.plan",
    "why.$": "$$.Map.Item.Value.why",
    "failure.$": "$$.Map.Item.Value.failure",
    "keep": "never",
    "approval": {},
}


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    broke = Fail("The janitor broke", error="FailedDirty", cause_path="$.failure.Cause")
    steps = Steps(broke)
    find = steps.task(
        "Find what drills left",
        "drill.find_drill",
        {"document.$": "$", "now.$": "$$.State.EnteredTime"},
        result="$",
    )
    found = Choice("Is anything left?")
    settle = steps.each(
        "Settle each drill",
        "$.drills",
        DRILL,
        _settled(),
        at_once=1,
    )
    found.add_choice(Rule.BooleanEquals("$.found", True), settle)
    found.default_choice(Succeed("There is nothing to do"))
    chain(settle, Succeed("All drills are settled"))
    return write(chain(find, found), __doc__ or "", TIMEOUT_SECONDS)


def _settled() -> State:
    """Settle one drill; a person is told once, not each hour, of what cannot be undone."""
    void = Steps(None).task(
        "Void its approval",
        "approval.close_approval",
        {"execution.$": "$.plan.drill.execution.id", "status": "void"},
    )
    end = Pass("The drill is seen to", result={})
    left = Choice("Does it need a person?")
    again = Choice("Was a person told before?")
    left.add_choice(Rule.StringEquals("$.closed.end", "FailedDirty"), again)
    left.default_choice(told("the drill is settled", "Restore Drill Settled", end))
    again.add_choice(Rule.StringEquals("$.why", "dirty"), end)
    again.default_choice(told("a person must look", "Restore Drill Needs A Person", end))
    # What breaks here is tried again within the hour, as the drill stays open.
    unsettled = Pass("The drill stays open", result={})
    return chain(void, settled(unsettled, left))
