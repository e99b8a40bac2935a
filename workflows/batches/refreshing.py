"""Instance refresh: a whole Auto Scaling group is replaced by its own means, before the batches."""

from typing import Any

from workflows.asl import Choice, Pass, Rule, State, Steps, Wait, chain

MOST_ROUNDS = 2000
EVERY_SECONDS = 30


def refresh(starting: Steps, steps: Steps, go_on: State, operation: dict[str, Any]) -> State:
    """Refresh the group that the plan names, if it does, and see how it ended.

    `starting` leads to where nothing was changed, `steps` to a person. `$.refresh` says how it
    ended; the batches then only record what became of each instance.
    """
    none = Pass(
        "There is no group to refresh",
        result={"outcome": "", "reason": ""},
        result_path="$.refresh",
    )
    begin = starting.task(
        "Start the instance refresh",
        "ec2.start_instance_refresh",
        {
            "operation": operation,
            "group.$": "$.plan.instance_refresh",
            "max_unavailable.$": "$.plan.max_unavailable",
            "to_act.$": "$.plan.to_act",
            "retry_count.$": "$$.State.RetryCount",
        },
        result="$.started",
    )
    stop = steps.task(
        "Stop the instance refresh",
        "ec2.stop_instance_refresh",
        {
            "operation": operation,
            "group.$": "$.plan.instance_refresh",
            "refresh_id.$": "$.started.refresh_id",
            "rollback.$": "$.started.rollback",
        },
    )
    late = Choice("Did the refresh take too long?")
    late.add_choice(Rule.StringEquals("$.refresh.outcome", "too_long"), stop)
    late.default_choice(go_on)
    chain(stop, _watch(steps, "Watch the refresh end", operation, go_on))
    chain(begin, _watch(steps, "Watch the refresh", operation, late))
    chain(none, go_on)
    group = Choice("Is a whole group replaced?")
    group.add_choice(Rule.StringEquals("$.plan.instance_refresh", ""), none)
    group.default_choice(begin)
    return group


def _watch(steps: Steps, name: str, operation: dict[str, Any], then: State) -> State:
    begin = Pass(f"{name}: begin", result={"rounds": 0}, result_path="$.refresh")
    wait = Wait(f"{name}: wait", seconds=EVERY_SECONDS)
    look = steps.task(
        name,
        "ec2.check_instance_refresh",
        {
            "operation": operation,
            "group.$": "$.plan.instance_refresh",
            "refresh_id.$": "$.started.refresh_id",
            "rounds.$": "$.refresh.rounds",
            "most_rounds": MOST_ROUNDS,
        },
        result="$.refresh",
    )
    done = Choice(f"{name}: is it over?")
    done.add_choice(Rule.BooleanEquals("$.refresh.done", True), then)
    done.default_choice(wait)
    return chain(begin, wait, look, done)
