"""daytwo-backup: back up what a system's manifest says, prune what has served its time.

Each hour it measures how old the backups of all systems are, and does nothing else then.
"""

from typing import Any

from workflows.asl import Choice, Fail, Rule, State, Steps, Succeed, chain, write
from workflows.beginnings import validated
from workflows.ends import tell
from workflows.recovery.backups import component_steps
from workflows.triggers import Schedule

INPUT = "workflows/backup"
# Schedules of systems' manifests start it too.
BY_MANIFEST = True
TIMEOUT_SECONDS = 24 * 3600
SCHEDULES = [Schedule("EachHour", "rate(1 hour)", {"tick": True})]
PRUNE_LOOK_SECONDS = 30
MOST_PRUNE_SECONDS = 2 * 3600

PERMISSIONS = {
    "s3:GetObject": "${EvidenceBucket.Arn}/backups/*",
    "sns:Publish": "${NotificationTopic}",
    "events:PutEvents": (
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    ),
}
COMPONENT = {
    "component.$": "$$.Map.Item.Value",
    "backup.$": "$.plan.backup",
    "copies.$": "$.plan.copies",
}
PRUNING = {
    "backup.$": "$.plan.backup",
    "retention_days.$": "$.plan.retention_days",
    "keep_at_least.$": "$.plan.keep_at_least",
    "now.$": "$$.State.EnteredTime",
}


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    refused = Steps(_refused())
    unmeasured = Fail("Unmeasured", error="Unmeasured", cause_path="$.failure.Cause")
    measure = _measure(Steps(unmeasured), "Measure the ages of all backups")
    chain(measure, Succeed("Measured"))
    plan = refused.task(
        "Plan the backup",
        "backup.plan_backup",
        {
            "request.$": "$.request",
            "execution.$": "$.execution",
            "now.$": "$$.State.EnteredTime",
        },
        "$.plan",
    )
    make = Steps(_broken()).each_in_s3(
        "Back each component up",
        "$.plan.components_key",
        COMPONENT,
        component_steps(),
        at_once_path="$.plan.at_once",
    )
    chain(plan, make, _settled())
    clock = Choice("Is it the clock that asks?")
    tick = Rule.And([Rule.IsPresent("$.tick", True), Rule.BooleanEquals("$.tick", True)])
    clock.add_choice(tick, measure)
    clock.default_choice(validated(refused, "backup", plan))
    return write(clock, __doc__ or "", TIMEOUT_SECONDS)


def _measure(steps: Steps, name: str) -> State:
    return steps.task(
        name, "backup.measure_ages", {"now.$": "$$.State.EnteredTime"}, result="$.ages"
    )


def _settled() -> State:
    """Judge what was made, prune, measure, and end as Succeeded or Incomplete."""
    incomplete = Fail("Incomplete", error="Incomplete", cause_path="$.judged.words")
    telling = tell(
        incomplete,
        "not everything is backed up",
        "Backup Incomplete",
        "States.Format('{} (execution {})', $.judged.words, $.execution.name)",
        _detail("$.judged.words"),
    )
    complete = Choice("Is everything backed up?")
    complete.add_choice(Rule.BooleanEquals("$.judged.complete", True), Succeed("Succeeded"))
    complete.default_choice(telling)
    steps = Steps(_broken("the backup could not be settled"))
    measure = _measure(steps, "Measure the ages")
    chain(measure, complete)
    # What cannot be pruned now is pruned after the next backup: it ends nothing else.
    pruning = Steps(measure, "$.unpruned")
    prune = pruning.poll_until(
        "Is the old pruned",
        pruning.task("Prune what has served its time", "backup.prune_backups", PRUNING, "$.pruned"),
        done="$.pruned.done",
        every_seconds=PRUNE_LOOK_SECONDS,
        budget_seconds=MOST_PRUNE_SECONDS,
        then=measure,
    )
    judge = steps.task(
        "Judge the backup",
        "backup.judge_backup",
        {"backup.$": "$.plan.backup", "components.$": "$.plan.components"},
        "$.judged",
    )
    return chain(judge, prune)


def _refused() -> State:
    """Tell why nothing was begun, and end as FailedClean."""
    end = Fail("FailedClean", error="FailedClean", cause_path="$.failure.Cause")
    telling = tell(
        end,
        "nothing was backed up",
        "Backup Failed",
        "States.Format('No {} of {} {} were made: {}', $.request.kind, $.request.system, "
        "$.request.environment, $.failure.Cause)",
        _detail("$.failure.Cause"),
    )
    known = Choice("Is it known what was asked?")
    known.add_choice(Rule.IsPresent("$.request.system", True), telling)
    known.default_choice(end)
    return known


def _broken(name: str = "the backup broke") -> State:
    """Tell that the components' records say what there is, and end as Incomplete."""
    end = Fail(f"Incomplete: {name}", error="Incomplete", cause_path="$.failure.Cause")
    return tell(
        end,
        name,
        "Backup Incomplete",
        "States.Format('The {} of {} {} broke off: {}', $.request.kind, $.request.system, "
        "$.request.environment, $.failure.Cause)",
        _detail("$.failure.Cause"),
    )


def _detail(cause: str) -> dict[str, Any]:
    return {
        "system.$": "$.request.system",
        "environment.$": "$.request.environment",
        "kind.$": "$.request.kind",
        "requested_by.$": "$.request.requested_by",
        "execution.$": "$.execution.id",
        "cause.$": cause,
    }
