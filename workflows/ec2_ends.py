"""The ends of an EC2 operation: tell people and machines, and end with a name."""

from typing import Any

from workflows.asl import Choice, Fail, Pass, Rule, State, Steps, Succeed, chain
from workflows.ends import tell


def detail(**more: str) -> dict[str, Any]:
    """Describe an operation in an event, from its document."""
    return {
        "operation.$": "$.execution.name",
        "action.$": "$.request.action",
        "system.$": "$.request.system",
        "environment.$": "$.request.environment",
        "requested_by.$": "$.request.requested_by",
        "reason.$": "$.request.reason",
        "execution.$": "$.execution.id",
        **more,
    }


def nothing_changed(dirty: State) -> State:
    """Void the approval, tell why, and end as FailedClean: no instance was touched."""
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
        "nothing was changed",
        "EC2 Operation Failed",
        "States.Format('Nothing was changed: {} was not done. {} (operation {})', "
        "$.request.action, $.explained.cause, $.execution.name)",
        detail(**{"cause.$": "$.explained.cause"}),
    )
    known = Choice("Is it known what was asked?")
    known.add_choice(Rule.IsPresent("$.request.action", True), void)
    known.default_choice(end)
    chain(void, telling)
    return chain(explain, known)


def needs_a_person() -> State:
    """Page a person and end as FailedDirty; the claim on the instances is kept."""
    end = Fail("FailedDirty", error="FailedDirty", cause_path="$.dirty.words")
    words = Pass(
        "What a person must know",
        parameters={
            "words.$": (
                "States.Format('A person must look, the instances are kept claimed: {}: {} "
                "(execution {})', $.dirty.Error, $.dirty.Cause, $$.Execution.Id)"
            )
        },
        result_path="$.dirty",
    )
    page = tell(
        end,
        "a person must look",
        "EC2 Operation Needs A Person",
        "$.dirty.words",
        # A path that leads nowhere cannot be caught, and here the request may be unknown.
        {"cause.$": "$.dirty.words", "execution.$": "$$.Execution.Id"},
    )
    return chain(words, page)


def reported(dirty: State) -> State:
    """Report what became of the instances, free those that are well, and end by the outcome."""
    steps = Steps(dirty, "$.dirty")
    report = steps.task(
        "Report",
        "ec2.report_operation",
        {
            "plan.$": "$.plan",
            "operation": {
                "id.$": "$.plan.operation",
                "action.$": "$.request.action",
                "execution.$": "$.execution",
                "requested_by.$": "$.request.requested_by",
                "reason.$": "$.request.reason",
            },
        },
        result="$.report",
    )
    release = steps.task(
        "Free the instances that are well",
        "ec2.release_claim",
        {
            "operation.$": "$.plan.operation",
            "keep.$": "$.report.changed",
            "status.$": "$.report.result",
        },
    )
    how = Choice("How did it end?")
    for result, end in (
        ("succeeded", _told("all done", "EC2 Operation Succeeded", Succeed("Succeeded"))),
        ("unchanged", _told("none done", "EC2 Operation Failed", _fail("FailedClean, all tried"))),
        ("incomplete", _told("some done", "EC2 Operation Incomplete", _fail("Incomplete"))),
    ):
        how.add_choice(Rule.StringEquals("$.report.result", result), end)
    left = Pass(
        "What is left for a person",
        parameters={"Error": "InstancesChanged", "Cause.$": "$.report.words"},
        result_path="$.dirty",
    )
    how.default_choice(left)
    chain(left, dirty)
    return chain(report, release, how)


def _told(name: str, kind: str, end: State) -> State:
    return tell(
        end,
        name,
        kind,
        "$.report.words",
        detail(
            **{
                "succeeded.$": "$.report.succeeded",
                "failed.$": "$.report.failed",
                "not_touched.$": "$.report.not_touched",
                "report.$": "$.report.report_key",
            }
        ),
    )


def _fail(name: str) -> Fail:
    return Fail(name, error=name.split(",")[0], cause_path="$.report.words")
