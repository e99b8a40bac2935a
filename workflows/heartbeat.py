"""daytwo-heartbeat: write the sentinel record of each table of an environment that has one."""

from typing import Any

from workflows.asl import Choice, Fail, Rule, Steps, Succeed, chain, write
from workflows.beginnings import validated

INPUT = "workflows/heartbeat"
# Schedules of systems' manifests start it.
BY_MANIFEST = True
TIMEOUT_SECONDS = 600
PERMISSIONS: dict[str, str] = {}


def definition() -> dict[str, Any]:
    """Write the state machine in the states language."""
    failed = Fail("FailedClean", error="FailedClean", cause_path="$.failure.Cause")
    # The machine's alarm tells of it: a message every few minutes would only be a nuisance.
    incomplete = Fail(
        "Incomplete", error="Incomplete", cause_path="States.JsonToString($.beat.failed)"
    )
    steps = Steps(failed)
    beat = steps.task(
        "Write the sentinel records",
        "backup.write_sentinels",
        {
            "system.$": "$.request.system",
            "environment.$": "$.request.environment",
            "now.$": "$$.State.EnteredTime",
        },
        "$.beat",
    )
    written = Choice("Is every record written?")
    written.add_choice(Rule.IsPresent("$.beat.failed[0]", True), incomplete)
    written.default_choice(Succeed("Succeeded"))
    return write(
        validated(steps, "heartbeat", chain(beat, written)), __doc__ or "", TIMEOUT_SECONDS
    )
