"""How the workflows begin: the request checked, each event once, and a person asked."""

from typing import Any

from workflows.asl import Choice, Pass, Rule, State, Steps, Succeed, chain

EXECUTION = {
    "id.$": "$$.Execution.Id",
    "name.$": "$$.Execution.Name",
    "started_at.$": "$$.Execution.StartTime",
}
# What a question is told of who asks, where the plan does not say it.
ASKED = {"request.$": "$.request", "execution.$": "$.execution"}


def validated(steps: Steps, workflow: str, then: State) -> State:
    """Check the input against the workflow's schema; an event seen before ends here.

    The document becomes `$.request` and `$.execution`.
    """
    validate = steps.task(
        "Validate the request",
        "common.validate_request",
        {"workflow": workflow, "document.$": "$", "execution": EXECUTION},
        result="$",
    )
    duplicate = Choice("Was this event seen before?")
    duplicate.add_choice(
        Rule.BooleanEquals("$.duplicate", True), Succeed("Another execution has this event")
    )
    duplicate.default_choice(then)
    return chain(validate, duplicate)


def approved(steps: Steps, task: str, asking: dict[str, Any], then: State) -> State:
    """Wait for a person where `$.plan.approval` asks for one, and go on with the yes.

    `task` puts the question, told the plan and what is in `asking`; a question that nobody
    answers in time is closed, and is a failure.
    """
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
        task,
        {
            "plan.$": "$.plan",
            **asking,
        },
        result="$.approval",
        timeout_path="$.plan.approval.expires_seconds",
        on_timeout=expired,
    )
    assert steps.on_failure is not None  # noqa: S101
    chain(expired, late, steps.on_failure)
    required = Choice("Is an approval asked for?")
    required.add_choice(Rule.BooleanEquals("$.plan.approval.required", True), ask)
    required.default_choice(then)
    chain(ask, then)
    return required
