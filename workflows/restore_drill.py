"""daytwo-restore-drill: play a scenario through, measure it, clean up, and keep the evidence."""

from typing import Any

from workflows import nested
from workflows.asl import Choice, Fail, Pass, Rule, State, Steps, chain, write
from workflows.beginnings import approved, validated
from workflows.ends import tell
from workflows.recovery import breaches, buckets, copies, failures, regions, stacks, tables
from workflows.recovery.frame import MANY_CALLS_ATTEMPTS, component_steps
from workflows.recovery.settling import by_verdict, settled

INPUT = "workflows/restore_drill"
# Schedules of systems' manifests start it too.
BY_MANIFEST = True
# A week for an approval, and a day for a drill of large databases.
TIMEOUT_SECONDS = 8 * 24 * 3600

# What the states do without a function: read lists, tell, and run EC2 operations to their end.
PERMISSIONS = {
    **nested.permissions("ec2_operation"),
    "sns:Publish": "${NotificationTopic}",
    "events:PutEvents": (
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    ),
    "s3:GetObject": "${EvidenceBucket.Arn}/drills/*",
}
CHAINS = {
    "table": tables.table,
    "database": copies.database,
    "bucket": buckets.bucket,
    "volumes": copies.volumes,
    "image": copies.image,
    "function": copies.function,
    "stack": stacks.stack,
    "bad_version": failures.bad_version,
    "database_failover": failures.database_failover,
    "zone_failure": failures.zone_failure,
    "instance_replacement": failures.instance_replacement,
    "region_failover": regions.region_failover,
    "sessions": breaches.sessions,
    "isolation": breaches.isolation,
}
COMPONENT = {"component.$": "$$.Map.Item.Value", "drill.$": "$.plan.drill"}


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    dirty = needs_a_person()
    settle = _with_what_is_kept(settled(dirty, by_verdict(dirty)))
    refused = Steps(_refused(dirty))
    play = Steps(settle).each_in_s3(
        "Play it through",
        "$.plan.components_key",
        COMPONENT,
        component_steps(CHAINS),
        at_once_path="$.plan.at_once",
    )
    none = Pass("Nothing has failed", result={}, result_path="$.failure")
    chain(play, none, settle)
    opened = refused.task(
        "Open the drill",
        "drill.open_drill",
        {"plan.$": "$.plan", "now.$": "$$.State.EnteredTime"},
        "$.opened",
    )
    chain(opened, play)
    nobody = Pass("Nobody was asked", result={}, result_path="$.approval")
    plan = refused.task(
        "Plan the drill",
        "drill.plan_drill",
        {
            "request.$": "$.request",
            "execution.$": "$.execution",
            "now.$": "$$.State.EnteredTime",
        },
        "$.plan",
        MANY_CALLS_ATTEMPTS,
    )
    chain(plan, nobody, approved(refused, "drill.request_approval", {}, opened))
    return write(validated(refused, "restore_drill", plan), __doc__ or "", TIMEOUT_SECONDS)


def _with_what_is_kept(settle: State) -> State:
    """Say what is to be kept for a look, then settle the drill."""
    keep = Pass("What is kept", input_path="$.plan.keep", result_path="$.keep")
    return chain(keep, settle)


def _refused(dirty: State) -> State:
    """Void the approval, tell why, and end as FailedClean: nothing was made or changed."""
    end = Fail("FailedClean", error="FailedClean", cause_path="$.explained.cause")
    steps = Steps(dirty, "$.dirty")
    explain = steps.task(
        "Explain the failure",
        "promotion.explain_failure",
        {"error.$": "$.failure.Error", "cause.$": "$.failure.Cause", "state": ""},
        result="$.explained",
    )
    void = steps.task(
        "Void the approval",
        "approval.close_approval",
        {"execution.$": "$.execution.id", "status": "void"},
    )
    telling = tell(
        end,
        "nothing was made",
        "Restore Drill Refused",
        "States.Format('The drill {} of {} did not begin. {} (execution {})', "
        "$.request.scenario, $.request.system, $.explained.cause, $.execution.name)",
        {
            "drill.$": "$.execution.name",
            "system.$": "$.request.system",
            "scenario.$": "$.request.scenario",
            "cause.$": "$.explained.cause",
            "execution.$": "$.execution.id",
        },
    )
    known = Choice("Is it known what was asked?")
    known.add_choice(Rule.IsPresent("$.request.system", True), void)
    known.default_choice(end)
    chain(void, telling)
    return chain(explain, known)


def needs_a_person() -> State:
    """Page a person and end as FailedDirty: something is left, or could not be told."""
    end = Fail("FailedDirty", error="FailedDirty", cause_path="$.dirty.words")
    words = Pass(
        "What a person must know",
        parameters={
            "words.$": (
                "States.Format('A person must look, the restore drill left something behind: {}: "
                "{} (execution {})', $.dirty.Error, $.dirty.Cause, $$.Execution.Id)"
            )
        },
        result_path="$.dirty",
    )
    page = tell(
        end,
        "a person must look",
        "Restore Drill Needs A Person",
        "$.dirty.words",
        # A path that leads nowhere cannot be caught, and here the request may be unknown.
        {"cause.$": "$.dirty.words", "execution.$": "$$.Execution.Id"},
    )
    return chain(words, page)
