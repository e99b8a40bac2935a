"""daytwo-ec2-operation: act on EC2 instances in batches, verify each, and record each."""

from typing import Any

from workflows.asl import Choice, Rule, State, Steps, Succeed, chain, write
from workflows.batches import isolation, patching, replacing, resizing, running
from workflows.batches.frame import batch_steps
from workflows.batches.refreshing import refresh
from workflows.beginnings import ASKED, approved, validated
from workflows.ec2_ends import needs_a_person, nothing_changed, reported

INPUT = "workflows/ec2_operation"
# A week for an approval, and days for a large fleet that is patched two at a time.
TIMEOUT_SECONDS = 14 * 24 * 3600

# Planning makes many calls, each of which may be throttled.
MANY_CALLS_ATTEMPTS = 20

# What the states do without a function: tell, and read the batches.
PERMISSIONS = {
    "sns:Publish": "${NotificationTopic}",
    "events:PutEvents": (
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
    ),
    "s3:GetObject": "${EvidenceBucket.Arn}/operations/*",
}

ACTIONS = {
    ("start",): running.start,
    ("stop", "hibernate"): running.stop,
    ("reboot",): running.reboot,
    ("terminate",): running.terminate,
    ("snapshot",): running.snapshot,
    ("enforce_imdsv2",): running.enforce_imdsv2,
    ("resize",): resizing.resize,
    ("replace",): replacing.replace,
    ("patch",): patching.patch,
    ("isolate",): isolation.isolate,
    ("release_isolation",): isolation.release,
}
REFRESH = {"outcome.$": "$.refresh.outcome", "reason.$": "$.refresh.reason"}
OPERATION = {
    "id.$": "$.plan.operation",
    "action.$": "$.plan.action",
    "execution.$": "$.execution",
    "requested_by.$": "$.request.requested_by",
    "reason.$": "$.request.reason",
    "system.$": "$.plan.system",
    "environment.$": "$.plan.environment",
    "target.$": "$.plan.target",
    "options.$": "$.request.options",
    "max_errors.$": "$.plan.max_errors",
    "rounds.$": "$.plan.rounds",
}
# What each batch is given; `launched` is where a replacement keeps what it launched.
BATCH = {
    "batch.$": "$$.Map.Item.Value",
    "operation": OPERATION,
    "launched": {"replacements": []},
}


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    dirty = needs_a_person()
    clean = Steps(nothing_changed(dirty))
    act = _act(Steps(dirty, "$.dirty"), _freed(dirty, clean.on_failure), dirty)
    start = _plan(clean, approved(clean, "ec2.request_approval", ASKED, _claim(clean, act)))
    return write(start, __doc__ or "", TIMEOUT_SECONDS)


def _plan(steps: Steps, go_on: State) -> State:
    plan = steps.task(
        "Select and plan",
        "ec2.plan_operation",
        {"request.$": "$.request", "execution.$": "$.execution"},
        result="$.plan",
        attempts=MANY_CALLS_ATTEMPTS,
    )
    what = Choice("Is there anything to do?")
    what.add_choice(Rule.BooleanEquals("$.request.dry_run", True), Succeed("Only the plan"))
    what.add_choice(Rule.NumericEquals("$.plan.to_act", 0), _nothing_left(steps))
    what.default_choice(go_on)
    chain(plan, what)
    return validated(steps, "ec2_operation", plan)


def _nothing_left(steps: Steps) -> State:
    """End well, and free what an operation had kept that is resumed and needs nothing more."""
    free = steps.task(
        "Free what the resumed one had kept",
        "ec2.release_claim",
        {"operation.$": "$.request.resume", "keep": [], "status": "succeeded"},
    )
    end = Succeed("All are there already")
    resumed = Choice("Is an operation resumed?")
    resumed.add_choice(Rule.StringEquals("$.request.resume", ""), end)
    resumed.default_choice(free)
    chain(free, end)
    return resumed


def _claim(steps: Steps, go_on: State) -> State:
    claim = steps.task(
        "Claim the instances",
        "ec2.claim_instances",
        {"plan.$": "$.plan", "request.$": "$.request", "execution.$": "$.execution"},
    )
    return chain(claim, go_on)


def _freed(dirty: State, clean: State | None) -> Steps:
    """Build steps whose failures free the claim, because nothing was changed yet."""
    free = Steps(dirty, "$.dirty").task(
        "Free the claimed instances",
        "ec2.release_claim",
        {"operation.$": "$.plan.operation", "keep": [], "status": "unchanged"},
    )
    assert clean is not None  # noqa: S101
    return Steps(chain(free, clean))


def _act(steps: Steps, starting: Steps, dirty: State) -> State:
    act = steps.each_in_s3(
        "Act in batches",
        "$.plan.batches_key",
        {**BATCH, "refresh": REFRESH},
        batch_steps(ACTIONS),
        at_once_path="$.plan.at_once",
    )
    chain(act, reported(dirty))
    return refresh(starting, steps, act, OPERATION)
