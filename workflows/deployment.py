"""The deploying half of a promotion: infrastructure, functions, static assets, bake."""

from workflows.asl import Choice, Rule, State, Steps, Wait, chain
from workflows.ends import invalidate
from workflows.sdk import Chain


def deploy(steps: Steps, go_on: State) -> State:
    """Execute the change set, publish versions, shift traffic, publish assets, and bake.

    Reads `$.plan`, `$.captured` and `$.change_set`; writes `$.rollout`. Goes to `go_on`.
    """
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
    refresh = invalidate(steps, "Invalidate the cache", bake)
    present = Choice("Is there a static site?")
    present.add_choice(Rule.BooleanEquals("$.plan.site.present", True), publish)
    present.default_choice(bake)
    chain(publish, switch, refresh)
    return present
