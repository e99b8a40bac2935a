"""daytwo-promotion: bring a release into an environment, or leave everything as it was."""

from typing import Any

from workflows.asl import Choice, Rule, State, Steps, Succeed, chain, write
from workflows.beginnings import ASKED, approved, validated
from workflows.deployment import deploy
from workflows.ends import LOCK, detail, failed_clean, failed_dirty, rolled_back, tell
from workflows.triggers import Event

INPUT = "workflows/promotion"
# The longest approval (60 days) and a slow deployment. The lease is as long: the janitor, and
# not a lease that runs out, frees the lock of an execution that was aborted.
TIMEOUT_SECONDS = 70 * 24 * 3600
GATES = ("tests", "coverage", "static_analysis", "secrets", "dependencies")

# What the states do without a function.
PERMISSIONS = {
    "sns:Publish": "${NotificationTopic}",
    "events:PutEvents": (
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    ),
    "cloudfront:CreateInvalidation": (
        "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*"
    ),
}

EVENTS = [
    Event(
        name="PromotionSucceeded",
        pattern={
            "source": ["daytwo"],
            "detail-type": ["Promotion Succeeded"],
            "detail": {"next_environment": [{"anything-but": [""]}]},
        },
        paths={
            "id": "$.id",
            "type": "$.detail-type",
            "system": "$.detail.system",
            "release": "$.detail.release",
            "from": "$.detail.environment",
            "environment": "$.detail.next_environment",
            "requested_by": "$.detail.requested_by",
        },
        template=(
            '{"id": <id>, "detail-type": <type>, "detail": {"system": <system>, '
            '"release": <release>, "environment": <environment>, '
            '"requested_by": <requested_by>, "reason": "verified in <from>"}}'
        ),
    )
]


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    dirty = failed_dirty()
    before, after = Steps(failed_clean(dirty)), Steps(rolled_back(dirty))
    finish = _finish(Steps(dirty, "$.dirty"), after)
    start_deploying = deploy(after, finish)
    capture = before.task(
        "Capture the rollback plan",
        "promotion.capture_rollback_plan",
        {
            "plan.$": "$.plan",
            "request.$": "$.request",
            "execution.$": "$.execution",
            "change_set.$": "$.change_set",
            "owner.$": "$.execution.id",
            "fence.$": "$.lock.fence",
        },
        result="$.captured",
    )
    chain(capture, start_deploying)
    asking = {**ASKED, "change_set.$": "$.change_set"}
    approve = approved(before, "approval.request_approval", asking, capture)
    prepare = _prepare(before, approve)
    start = _begin(before, _gate(before, prepare))
    return write(start, __doc__ or "", TIMEOUT_SECONDS)


def _begin(steps: Steps, go_on: State) -> State:
    lock = steps.task(
        "Claim the environment",
        "locks.acquire_lock",
        {
            "system.$": "$.request.system",
            "environment.$": "$.request.environment",
            "owner.$": "$.execution.id",
            "purpose.$": (
                "States.Format('promotion of {} to {}, asked by {}', $.request.release, "
                "$.request.environment, $.request.requested_by)"
            ),
            "lease_seconds": TIMEOUT_SECONDS,
        },
        result="$.lock",
    )
    plan = steps.task("Plan", "promotion.make_plan", {"request.$": "$.request"}, result="$.plan")
    unlock = steps.task("Release the lock, nothing to do", "locks.release_lock", LOCK)
    live = Choice("Is it live already?")
    live.add_choice(Rule.BooleanEquals("$.plan.already_live", True), unlock)
    live.default_choice(go_on)
    chain(unlock, Succeed("It is live already"))
    chain(lock, plan, live)
    return validated(steps, "promotion", lock)


def _gate(steps: Steps, go_on: State) -> State:
    verify = steps.task(
        "Verify the artifacts",
        "promotion.verify_artifacts",
        {
            "evidence.$": "$.plan.evidence",
            "functions.$": "$.plan.functions",
            "site.$": "$.plan.site",
            "stack.$": "$.plan.stack",
        },
    )
    inside = Steps(None)
    gates = steps.together(
        "Check the gates",
        [
            inside.task(
                f"Gate: {gate.replace('_', ' ')}",
                f"gates.check_{gate}",
                {"evidence.$": f"$.plan.evidence.{gate}", "gates.$": "$.plan.gates"},
                result="$",
            )
            for gate in GATES
        ],
        result="$.gates",
    )
    judge = steps.task(
        "Judge the gates",
        "promotion.judge_gates",
        {"verdicts.$": "$.gates", "release.$": "$.plan.release"},
    )
    return chain(verify, gates, judge, go_on)


def _prepare(steps: Steps, go_on: State) -> State:
    prepare = steps.task(
        "Prepare the change set",
        "promotion.create_change_set",
        {
            "stack.$": "$.plan.stack",
            "target.$": "$.plan.target",
            "execution.$": "$.execution.name",
            "release.$": "$.plan.release",
        },
        result="$.change_set",
    )
    leave = steps.task(
        "Leave a claim beside the lock",
        "locks.leave_claim",
        {
            "plan.$": "$.plan",
            "request.$": "$.request",
            "execution.$": "$.execution",
            "change_set.$": "$.change_set",
            "owner.$": "$.execution.id",
            "fence.$": "$.lock.fence",
        },
    )
    chain(leave, go_on)
    ready = steps.poll_until(
        "Is the change set ready",
        steps.task(
            "Check the change set",
            "promotion.check_change_set",
            {"arn.$": "$.change_set.arn", "target.$": "$.plan.target"},
            result="$.change_set",
        ),
        done="$.change_set.ready",
        every_seconds=5,
        budget_seconds=600,
        then=leave,
    )
    return chain(prepare, ready)


def _finish(recorded: Steps, steps: Steps) -> State:
    record = steps.task(
        "Record the release as verified",
        "promotion.record_release",
        {
            "plan.$": "$.plan",
            "request.$": "$.request",
            "owner.$": "$.execution.id",
            "fence.$": "$.lock.fence",
            "execution.$": "$.execution",
        },
    )
    unlock = recorded.task("Release the lock", "locks.release_lock", LOCK)
    telling = tell(
        Succeed("Succeeded"),
        "it is live",
        "Promotion Succeeded",
        "States.Format('{} {} is live in {}', $.request.system, $.request.release, "
        "$.request.environment)",
        detail(**{"digest.$": "$.plan.digest", "next_environment.$": "$.plan.next_environment"}),
    )
    return chain(record, unlock, telling)
