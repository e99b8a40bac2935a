"""daytwo-ec2-janitor: settle what an EC2 operation left that was aborted, timed out or broke.

Such an execution skips every catch. What it took out of service is put back, each instance
gets its record, and the report says which ones a person must look at. Nothing is acted on
again: `daytwo ec2 resume` does what is left.
"""

from typing import Any

from workflows import ec2_operation
from workflows.asl import Choice, Pass, Rule, State, Steps, Succeed, chain, write
from workflows.batches.frame import CORRELATION, begin_batch, interrupted, record_as
from workflows.ec2_ends import needs_a_person, reported
from workflows.triggers import ends_without_a_catch

INPUT = "workflows/ec2_janitor"
TIMEOUT_SECONDS = 4 * 3600
PERMISSIONS = ec2_operation.PERMISSIONS

NAMED_ENDS = ["FailedClean", "FailedDirty", "Incomplete"]
EVENTS = ends_without_a_catch("Ec2OperationStateMachine", "Operation", NAMED_ENDS)


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    dirty = needs_a_person()
    steps = Steps(dirty, "$.dirty")
    find = steps.task(
        "Find what it left open", "ec2.find_operation", {"document.$": "$"}, result="$"
    )
    void = steps.task(
        "Void its approval",
        "approval.close_approval",
        {"execution.$": "$.execution", "status": "void"},
    )
    asked = Choice("Is the execution named?")
    asked.add_choice(Rule.IsString("$.execution", True), void)
    asked.default_choice(find)
    found = Choice("Did it hold instances?")
    found.add_choice(Rule.BooleanEquals("$.found", False), Succeed("There is nothing to do"))
    found.default_choice(_settle(steps, reported(dirty)))
    chain(void, find, found)
    return write(asked, __doc__ or "", TIMEOUT_SECONDS)


def _settle(steps: Steps, go_on: State) -> State:
    """Put back and record the batches that may have begun, then record those that have not."""
    recording = Steps(None, correlation=CORRELATION)
    selector = {**ec2_operation.BATCH, "failure.$": "$.failure"}
    begun = steps.each_in_s3(
        "Settle what may have begun",
        "$.interrupted_key",
        selector,
        chain(
            begin_batch("Take up the batch"),
            interrupted(recording, Pass("The batch is settled", output_path="$.recorded")),
        ),
        at_once_path="$.plan.at_once",
    )
    untouched = steps.each_in_s3(
        "Record what has not begun",
        "$.untouched_key",
        selector,
        chain(
            begin_batch("Take the batch as it is"),
            record_as(
                recording,
                "Record that it was not touched",
                "not_touched",
                "The operation ended before its turn",
            ),
            Pass("The batch is as it was", output_path="$.recorded"),
        ),
        at_once_path="$.plan.at_once",
    )
    return chain(begun, untouched, go_on)
