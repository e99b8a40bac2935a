"""The ends of a promotion that failed: undo what was done, tell, and end with a name.

Both ways out are built here because the promotion and the janitor, which finishes what an
aborted execution left behind, take the same ones over the same document.
"""

from typing import Any

from workflows.asl import Choice, Fail, Pass, Rule, State, Steps, chain

LOCK = {
    "system.$": "$.request.system",
    "environment.$": "$.request.environment",
    "owner.$": "$.execution.id",
    "fence.$": "$.lock.fence",
}
HEALTH_AFTER_ROLLBACK = {
    "health": {"alarms": [], "checks.$": "$.plan.health.checks"},
    "published.$": "$.captured.functions[*]",
    "target.$": "$.plan.target",
    "last": True,
}


def detail(**more: str) -> dict[str, Any]:
    """Describe a promotion in an event or a message, from its document."""
    return {
        "system.$": "$.request.system",
        "release.$": "$.request.release",
        "environment.$": "$.request.environment",
        "requested_by.$": "$.request.requested_by",
        "reason.$": "$.request.reason",
        "execution.$": "$.execution.id",
        **more,
    }


def tell(end: State, name: str, kind: str, words: str, details: dict[str, Any]) -> State:
    """Tell people by the topic and machines by an event, then go to `end`.

    `words` is the path or intrinsic that gives the message, `details` the event's. What
    cannot be told is kept in `$.telling` and holds up nothing: the record and the lock have
    been seen to before.
    """
    emit = Steps(end, "$.telling").integrate(
        f"Emit: {name}",
        "events:putEvents",
        {"Entries": [{"Source": "daytwo", "DetailType": kind, "Detail": details}]},
    )
    notify = Steps(emit, "$.telling").integrate(
        f"Notify: {name}",
        "sns:publish",
        {
            "TopicArn": "${NotificationTopic}",
            "Subject": f"daytwo: {kind}",
            "Message.$": words,
        },
    )
    return chain(notify, emit, end)


def failed_dirty() -> State:
    """Page a person and end as FailedDirty; the lock is kept, so that nothing else starts."""
    end = Fail("FailedDirty", error="FailedDirty", cause_path="$.dirty.words")
    told = Steps(end, "$.telling")
    explain = told.task(
        "Explain what is left",
        "promotion.explain_failure",
        {"error.$": "$.dirty.Error", "cause.$": "$.dirty.Cause", "state": "the rollback"},
        result="$.explained",
    )
    words = Pass(
        "What a person must know",
        parameters={
            "words.$": (
                "States.Format('A person must look, the environment is kept locked. {} (execution "
                "{})', $.explained.cause, $$.Execution.Id)"
            )
        },
        result_path="$.dirty",
    )
    page = tell(
        end,
        "a person must look",
        "Promotion Needs A Person",
        "$.dirty.words",
        # A path that leads nowhere cannot be caught, and here the request may be unknown.
        {"cause.$": "$.dirty.words", "execution.$": "$$.Execution.Id"},
    )
    plain = Pass(
        "What can be said without help",
        parameters={"words.$": "States.Format('A person must look: {}', $.dirty.Cause)"},
        result_path="$.dirty",
    )
    explain.catches[0].next_step = plain
    chain(plain, page)
    return chain(explain, words, page)


def failed_clean(dirty: State) -> State:
    """Put away what was prepared, release the lock, and end as FailedClean: nothing changed."""
    end = Fail("FailedClean", error="FailedClean", cause_path="$.explained.cause")
    steps = Steps(dirty, "$.dirty")
    explain = _explain(steps, "Explain the failure")
    approval = steps.task(
        "Void the approval",
        "approval.close_approval",
        {"execution.$": "$.execution.id", "status": "void"},
    )
    discard = steps.task(
        "Discard the change set",
        "promotion.discard_change_set",
        {"arn.$": "$.change_set.arn", "target.$": "$.plan.target"},
    )
    unlock = steps.task("Release the lock unchanged", "locks.release_lock", LOCK)
    telling = tell(
        end,
        "nothing was changed",
        "Promotion Failed",
        "States.Format('{} {} did not go to {}; nothing was changed. {}', $.request.system, "
        "$.request.release, $.request.environment, $.explained.cause)",
        detail(**{"cause.$": "$.explained.cause"}),
    )
    prepared = Choice("Was a change set made?")
    prepared.add_choice(Rule.IsPresent("$.change_set.arn", True), discard)
    locked = Choice("Is the lock ours?")
    locked.add_choice(Rule.IsPresent("$.lock.fence", True), approval)
    prepared.default_choice(unlock)
    chain(discard, unlock)
    chain(approval, prepared)
    known = Choice("Is it known what was asked?")
    known.add_choice(Rule.IsPresent("$.request.system", True), locked)
    known.default_choice(end)
    locked.default_choice(telling)
    chain(unlock, telling)
    return chain(explain, known)


def rolled_back(dirty: State) -> State:
    """Restore what was captured, traffic first, prove it, and end as RolledBack."""
    end = Fail("RolledBack", error="RolledBack", cause_path="$.explained.cause")
    steps = Steps(dirty, "$.dirty")
    verify = steps.task("Verify the rollback", "promotion.check_health", HEALTH_AFTER_ROLLBACK)
    record = steps.task(
        "Record the rollback",
        "promotion.record_rollback",
        {
            "plan.$": "$.plan",
            "request.$": "$.request",
            "execution.$": "$.execution",
            "error.$": "$.explained.error",
            "cause.$": "$.explained.cause",
        },
    )
    unlock = steps.task("Release the lock as before", "locks.release_lock", LOCK)
    telling = tell(
        end,
        "all is as before",
        "Promotion Rolled Back",
        "States.Format('{} {} was rolled back in {}; all is as before. {}', $.request.system, "
        "$.request.release, $.request.environment, $.explained.cause)",
        detail(**{"cause.$": "$.explained.cause", "digest.$": "$.plan.digest"}),
    )
    before = Choice("Was a release live before?")
    before.add_choice(Rule.StringEquals("$.plan.previous.release", ""), record)
    before.default_choice(verify)
    chain(verify, record, unlock, telling)
    return chain(_explain(steps, "Explain why it rolls back"), _restore(steps, before))


def _restore(steps: Steps, go_on: State) -> State:
    functions = steps.each(
        "Restore traffic",
        "$.captured.functions",
        {
            "captured.$": "$$.Map.Item.Value",
            "released.$": "$.plan.functions",
            "target.$": "$.plan.target",
        },
        Steps(None).task(
            "Restore the alias",
            "promotion.restore_alias",
            {
                "captured.$": "$.captured",
                "released.$": "$.released",
                "target.$": "$.target",
            },
        ),
    )
    assets = steps.task(
        "Restore static assets",
        "promotion.restore_assets",
        {"site.$": "$.captured.site", "target.$": "$.plan.target"},
    )
    discard = steps.task(
        "Discard what was not executed",
        "promotion.discard_change_set",
        {"arn.$": "$.change_set.arn", "target.$": "$.plan.target"},
    )
    stack = steps.poll_until(
        "Is the stack as before",
        steps.task(
            "Restore the stack",
            "promotion.restore_stack",
            {
                "stack.$": "$.captured.stack",
                "target.$": "$.plan.target",
                "execution.$": "$.execution.name",
            },
            result="$.restored_stack",
        ),
        done="$.restored_stack.done",
        every_seconds=15,
        budget_seconds=3600,
        then=go_on,
    )
    chain(discard, stack)
    refresh = invalidate(steps, "Invalidate the cache again", discard)
    chain(functions, assets, refresh)
    return functions


def invalidate(steps: Steps, name: str, go_on: State) -> State:
    """Invalidate the whole cache of the site's CloudFront distribution, where it has one."""
    call = steps.integrate(
        name,
        "aws-sdk:cloudfront:createInvalidation",
        {
            "DistributionId.$": "$.plan.site.distribution",
            "InvalidationBatch": {
                "CallerReference.$": f"States.Format('{{}} {name}', $.execution.name)",
                "Paths": {"Quantity": 1, "Items": ["/*"]},
            },
        },
    )
    chain(call, go_on)
    cached = Choice(f"{name}: is there a distribution?")
    cached.add_choice(Rule.StringEquals("$.plan.site.distribution", ""), go_on)
    cached.default_choice(call)
    return cached


def _explain(steps: Steps, name: str) -> State:
    return steps.task(
        name,
        "promotion.explain_failure",
        {"error.$": "$.failure.Error", "cause.$": "$.failure.Cause", "state": ""},
        result="$.explained",
    )
