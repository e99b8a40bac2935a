"""How a drill ends, on every path: cleaned up, judged, written down, closed, and told."""

from typing import Any

from workflows.asl import Choice, Fail, Pass, Rule, State, Steps, Succeed, chain
from workflows.ends import tell
from workflows.recovery.frame import MANY_CALLS_ATTEMPTS

NOW = {"now.$": "$$.State.EnteredTime"}
ROW = {"row.$": "$.row", "now.$": "$$.State.EnteredTime"}
# Who removes or undoes what a row of the ledger is about.
UNDOING = {
    "table": "restore.remove_table",
    "database": "restore.remove_database",
    "bucket": "restore.remove_bucket",
    "stack": "restore.remove_stack",
    "function": "restore.remove_function",
    "volume": "restore.remove_volume",
    "instance": "restore.remove_instance",
    "broken_version": "scenario.mend_function",
    "zone": "scenario.restore_group",
    "health_check": "scenario.turn_health_check_back",
    "sessions": "scenario.restore_sessions",
}
LOOK_SECONDS = 15
MOST_SECONDS = 6_000
AT_ONCE = 10
MOST_ROUNDS = 5


def settled(dirty: State, ends: State) -> State:
    """Clean up by the ledger, judge, keep the evidence, close the drill, and go on to `ends`.

    The document has `$.plan`, `$.keep`, `$.approval` and `$.failure`, {} for none.
    """
    return _cleaned_up(_judged(dirty, ends))


def _cleaned_up(then: State) -> State:
    """Remove and undo what stands in the ledger; what cannot be is seen when it is judged."""
    broken = Pass("The cleanup broke", input_path="$.cleanup_failure", result_path="$.failure")
    chain(broken, then)
    steps = Steps(broken, "$.cleanup_failure")
    rows = steps.task(
        "List what is to be undone",
        "drill.list_ledger",
        {"drill_id.$": "$.plan.drill.id", "keep.$": "$.keep", **NOW},
        "$.ledger",
    )
    undo = steps.each(
        "Undo all of it",
        "$.ledger.rows",
        {"row.$": "$$.Map.Item.Value"},
        _undo(),
        at_once=AT_ONCE,
    )
    # What cannot be undone is listed again and again: a few rounds are all there is to try.
    begin = Pass("Nothing is undone yet", result={"count": 0}, result_path="$.rounds")
    count = Pass(
        "Count the rounds",
        parameters={"count.$": "States.MathAdd($.rounds.count, 1)"},
        result_path="$.rounds",
    )
    more = Choice("Is there more to undo?")
    more.add_choice(
        Rule.And(
            [
                Rule.BooleanEquals("$.ledger.more", True),
                Rule.NumericLessThan("$.rounds.count", MOST_ROUNDS),
            ]
        ),
        rows,
    )
    more.default_choice(then)
    chain(begin, rows, undo, count, more)
    return begin


def _undo() -> State:
    """Undo one row, whatever becomes of the others."""
    end = Pass("The row is seen to", result={})
    left = Pass("It could not be undone", result={})
    steps = Steps(left)
    which = Choice("What is it?")
    for kind, task in UNDOING.items():
        words = kind.replace("_", " ")
        remove = steps.task(f"Undo the {words}", task, ROW, "$.undone", MANY_CALLS_ATTEMPTS)
        gone = steps.poll_until(
            f"is the {words} undone",
            remove,
            done="$.undone.done",
            every_seconds=LOOK_SECONDS,
            budget_seconds=MOST_SECONDS,
            then=end,
        )
        which.add_choice(Rule.StringEquals("$.row.kind", kind), gone)
    which.add_choice(Rule.StringEquals("$.row.kind", "isolation"), _release(steps, end, left))
    which.default_choice(left)
    return which


def _release(steps: Steps, end: State, left: State) -> State:
    """Release isolated instances by the operation that does so in earnest."""
    release = steps.integrate(
        "Release the instances",
        "states:startExecution.sync:2",
        {"StateMachineArn": "${Ec2OperationStateMachine}", "Input.$": "$.undone.request"},
        timeout_seconds=6 * 3600,
    )
    looks = [
        steps.task(
            f"Are instances isolated, {which}", "scenario.release_instances", ROW, "$.undone"
        )
        for which in ("before", "after")
    ]
    before, after = (Choice(f"Is none isolated, {which}?") for which in ("before", "after"))
    for choice, other in ((before, release), (after, left)):
        choice.add_choice(Rule.BooleanEquals("$.undone.done", True), end)
        choice.default_choice(other)
    chain(looks[0], before)
    chain(release, looks[1], after)
    return looks[0]


def _judged(dirty: State, ends: State) -> State:
    steps = Steps(dirty, "$.dirty")
    judge = steps.task(
        "Judge the drill",
        "drill.judge_drill",
        {"plan.$": "$.plan", "failure.$": "$.failure", **NOW},
        "$.judgement",
    )
    close = steps.task(
        "Close the drill",
        "drill.close_drill",
        {
            "plan.$": "$.plan",
            "judgement.$": "$.judgement",
            "evidence.$": "$.evidence",
            "failure.$": "$.unwritten",
            **NOW,
        },
        "$.closed",
    )
    # Evidence that cannot be written turns the drill red; it is closed all the same.
    writing = Steps(close, "$.unwritten")
    evidence = writing.task(
        "Write the evidence",
        "drill.write_evidence",
        {
            "plan.$": "$.plan",
            "judgement.$": "$.judgement",
            "approval.$": "$.approval",
            **NOW,
        },
        "$.evidence",
    )
    findings = writing.task(
        "Record the findings",
        "drill.record_findings",
        {"plan.$": "$.plan", "judgement.$": "$.judgement", **NOW},
        "$.findings",
    )
    nothing: list[State] = [
        Pass(f"There is no {room} yet", result={}, result_path=f"$.{room}")
        for room in ("evidence", "unwritten")
    ]
    chain(*nothing, judge, evidence, findings, close, ends)
    return nothing[0]


def by_verdict(dirty: State) -> State:
    """End a drill by how it was closed, when people and machines have been told."""
    which = Choice("How did it end?")
    passed = told("it passed", "Restore Drill Passed", Succeed("Succeeded"))
    failed = Fail("DrillFailed", error="DrillFailed", cause_path="$.closed.words")
    which.add_choice(Rule.StringEquals("$.closed.end", "Succeeded"), passed)
    which.add_choice(
        Rule.StringEquals("$.closed.end", "DrillFailed"),
        told("it failed", "Restore Drill Failed", failed),
    )
    left = Pass(
        "What is left for a person",
        parameters={"Error": "CleanupFailed", "Cause.$": "$.closed.words"},
        result_path="$.dirty",
    )
    which.default_choice(left)
    chain(left, dirty)
    return which


def told(name: str, kind: str, end: State) -> State:
    """Tell how a drill was closed, then go to `end`."""
    return tell(end, name, kind, "$.closed.words", detail(**{"verdict.$": "$.closed.verdict"}))


def detail(**more: str) -> dict[str, Any]:
    """Describe a drill in an event, from its document."""
    return {
        "drill.$": "$.plan.drill.id",
        "system.$": "$.plan.drill.system",
        "scenario.$": "$.plan.drill.scenario",
        "environment.$": "$.plan.environment",
        "requested_by.$": "$.plan.drill.requested_by",
        "execution.$": "$.plan.drill.execution.id",
        **more,
    }
