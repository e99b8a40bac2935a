"""daytwo-promotion: bring a release into an environment, or leave everything as it was."""

from typing import Any

from workflows.asl import Choice, Pass, Rule, State, Steps, Succeed, Wait, chain, write
from workflows.ends import LOCK, failed_clean, failed_dirty, rolled_back, tell
from workflows.sdk import Chain
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
    deploy = _deploy(after, finish)
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
    chain(capture, deploy)
    start = _begin(before, _gate(before, _approve(before, capture)))
    return write(start, __doc__ or "", TIMEOUT_SECONDS)


def _begin(steps: Steps, go_on: State) -> State:
    validate = steps.task(
        "Validate the request",
        "common.validate_request",
        {
            "workflow": "promotion",
            "document.$": "$",
            "execution": {
                "id.$": "$$.Execution.Id",
                "name.$": "$$.Execution.Name",
                "started_at.$": "$$.Execution.StartTime",
            },
        },
        result="$",
    )
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
    duplicate = Choice("Was this event seen before?")
    duplicate.add_choice(
        Rule.BooleanEquals("$.duplicate", True), Succeed("Another execution has this event")
    )
    duplicate.default_choice(lock)
    live = Choice("Is it live already?")
    live.add_choice(Rule.BooleanEquals("$.plan.already_live", True), unlock)
    live.default_choice(go_on)
    chain(unlock, Succeed("It is live already"))
    chain(validate, duplicate)
    chain(lock, plan, live)
    return validate


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
        then=go_on,
    )
    return chain(verify, gates, judge, prepare, ready)


def _approve(steps: Steps, go_on: State) -> State:
    expired = steps.task(
        "Close the expired approval",
        "approval.close_approval",
        {"execution.$": "$.execution.id", "status": "expired"},
    )
    late = Pass(
        "Nobody decided in time",
        result={"Error": "ApprovalExpired", "Cause": "Nobody decided before the approval expired"},
        result_path="$.failure",
    )
    ask = steps.callback(
        "Wait for approval",
        "approval.request_approval",
        {
            "plan.$": "$.plan",
            "change_set.$": "$.change_set",
            "request.$": "$.request",
            "execution.$": "$.execution",
        },
        result="$.approval",
        timeout_path="$.plan.approval.expires_seconds",
        on_timeout=expired,
    )
    assert steps.on_failure is not None  # noqa: S101
    chain(expired, late, steps.on_failure)
    required = Choice("Is an approval asked for?")
    required.add_choice(Rule.BooleanEquals("$.plan.approval.required", True), ask)
    required.default_choice(go_on)
    chain(ask, go_on)
    return required


def _deploy(steps: Steps, go_on: State) -> State:
    publish = steps.each(
        "Publish versions",
        "$.plan.functions",
        {
            "function.$": "$$.Map.Item.Value",
            "captured.$": "States.ArrayGetItem($.captured.functions, $$.Map.Item.Index)",
            "target.$": "$.plan.target",
            "release.$": "$.plan.release",
        },
        Steps(None).task(
            "Publish a version",
            "promotion.publish_version",
            {
                "function.$": "$.function.function",
                "key.$": "$.function.key",
                "sha256.$": "$.function.sha256",
                "target.$": "$.target",
                "release.$": "$.release",
            },
            result="$.published",
        ),
        result="$.rollout",
    )
    execute = steps.task(
        "Execute the change set",
        "promotion.execute_change_set",
        {"arn.$": "$.change_set.arn", "target.$": "$.plan.target"},
    )
    updated = steps.poll_until(
        "Is the stack updated",
        steps.task(
            "Check the stack",
            "promotion.check_stack",
            {"stack.$": "$.plan.stack.name", "target.$": "$.plan.target"},
            result="$.stack",
        ),
        done="$.stack.done",
        every_seconds=15,
        budget_seconds=3600,
        then=publish,
    )
    chain(execute, updated)
    shift = _shift(steps)
    chain(publish, shift, _assets(steps, go_on))
    changed = Choice("Does the infrastructure change?")
    changed.add_choice(Rule.BooleanEquals("$.change_set.empty", True), publish)
    changed.default_choice(execute)
    return changed


def _shift(steps: Steps) -> State:
    inside = Steps(None)
    move = inside.each(
        "Shift traffic",
        "$.rollout",
        {"function.$": "$$.Map.Item.Value", "step.$": "$.step", "target.$": "$.target"},
        inside.task(
            "Shift the alias",
            "promotion.shift_alias",
            {
                "function.$": "$.function.function.function",
                "alias.$": "$.function.function.alias",
                "from_version.$": "$.function.captured.version",
                "to_version.$": "$.function.published.version",
                "from_percent.$": "$.step.from",
                "to_percent.$": "$.step.to",
                "target.$": "$.target",
            },
        ),
    )
    watch = _watch(inside, "Watch the step", "$.step.checks", "$.health", "$.target")
    return steps.each(
        "Shift traffic step by step",
        "$.plan.steps",
        {
            "step.$": "$$.Map.Item.Value",
            "rollout.$": "$.rollout",
            "health.$": "$.plan.health",
            "target.$": "$.plan.target",
        },
        Chain([move, watch]),
        at_once=1,
    )


def _watch(steps: Steps, name: str, checks: str, health: str, target: str) -> State:
    inside = Steps(None)
    wait = Wait(f"{name}: wait", seconds_path="$.check.wait_seconds")
    look = inside.task(
        f"{name}: is it healthy?",
        "promotion.check_health",
        {
            "health.$": "$.health",
            "published.$": "$.published",
            "target.$": "$.target",
            "last.$": "$.check.last",
        },
    )
    return steps.each(
        name,
        checks,
        {
            "check.$": "$$.Map.Item.Value",
            "health.$": health,
            "published.$": "$.rollout[*].published",
            "target.$": target,
        },
        Chain([wait, look]),
        at_once=1,
    )


def _assets(steps: Steps, go_on: State) -> State:
    bake = _watch(steps, "Bake", "$.plan.bake.checks", "$.plan.health", "$.plan.target")
    chain(bake, go_on)
    publish = steps.task(
        "Publish static assets",
        "promotion.publish_assets",
        {"site.$": "$.plan.site", "target.$": "$.plan.target"},
    )
    switch = steps.task(
        "Switch static assets",
        "promotion.switch_assets",
        {
            "site.$": "$.plan.site",
            "target.$": "$.plan.target",
            "release.$": "$.plan.release",
        },
    )
    invalidate = steps.integrate(
        "Invalidate the cache",
        "aws-sdk:cloudfront:createInvalidation",
        {
            "DistributionId.$": "$.plan.site.distribution",
            "InvalidationBatch": {
                "CallerReference.$": "$.execution.name",
                "Paths": {"Quantity": 1, "Items": ["/*"]},
            },
        },
    )
    chain(invalidate, bake)
    cached = Choice("Is there a distribution?")
    cached.add_choice(Rule.StringEquals("$.plan.site.distribution", ""), bake)
    cached.default_choice(invalidate)
    present = Choice("Is there a static site?")
    present.add_choice(Rule.BooleanEquals("$.plan.site.present", True), publish)
    present.default_choice(bake)
    chain(publish, switch, cached)
    return present


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
        Succeed("Succeeded"), "it is live", "Promotion Succeeded",
        "States.Format('{} {} is live in {}', $.request.system, $.request.release, "
        "$.request.environment)",
        **{"digest.$": "$.plan.digest", "next_environment.$": "$.plan.next_environment"},
    )  # fmt: skip
    return chain(record, unlock, telling)
