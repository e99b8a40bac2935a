"""What a component goes through in a backup, from its turn to its record.

Each component is an execution of its own in the distributed Map of daytwo-backup. What breaks
in it leads to its record, with the cause: no component stops another.
"""

from dataclasses import dataclass

from workflows.asl import Choice, Pass, Rule, State, Steps, chain
from workflows.recovery.digests import digest
from workflows.recovery.frame import MANY_CALLS_ATTEMPTS

CORRELATION = "$.backup.id"
STEP = {
    "backup.$": "$.backup",
    "component.$": "$.component",
    "now.$": "$$.State.EnteredTime",
}
COPY_LOOK_SECONDS = 60
MOST_COPY_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Making:
    """How one chain's backup is made: by which task, and how long it is waited for."""

    sentence: str
    task: str
    every_seconds: int
    most_seconds: int


MAKING = {
    "table": Making("Back the table up", "backup.back_up_table", 15, 3600),
    "database": Making("Back the database up", "backup.back_up_database", 60, 6 * 3600),
    "volumes": Making("Back the volumes up", "backup.back_up_volumes", 60, 6 * 3600),
    "image": Making("Back the instances up", "backup.back_up_instances", 60, 6 * 3600),
    "stack": Making("Export the stack", "backup.export_stack", 30, 3600),
}


def component_steps() -> State:
    """Build the states of one component, with a way for each chain that a plan can name."""
    end = Pass("The component is recorded", output_path="$.recorded")
    recording = Steps(None, correlation=CORRELATION)
    broken = chain(_record(recording, "Record what broke", failed=True), end)
    good = chain(_record(recording, "Record the backup", failed=False), end)
    steps = Steps(broken, correlation=CORRELATION)
    manifest = _manifest(steps, _copied(steps, good))
    table = digest(
        steps,
        "Backup",
        "digest",
        {
            "backup.$": "$.backup",
            "component.$": "$.component",
            "cut_off.$": "States.ArrayGetItem($.made.points[*].at, 0)",
            "now.$": "$$.State.EnteredTime",
        },
        {},
        manifest,
    )
    begun = steps.task(
        "Record that it begins",
        "backup.record_backup",
        {**STEP, "wanted.$": "$.copies", "begun": True},
    )
    which = Choice("What is it?")
    for name, making in MAKING.items():
        then = table if name == "table" else manifest
        which.add_choice(Rule.StringEquals("$.component.chain", name), _made(steps, making, then))
    unknown = Pass(
        "There is no way to back it up",
        result={"Error": "UnknownComponentType", "Cause": "No states are written for this chain"},
        result_path="$.failure",
    )
    which.default_choice(unknown)
    chain(unknown, broken)
    return chain(_begin(), begun, which)


def _begin() -> Pass:
    rooms = {
        "made": {},
        "digests": {"digest": {"digest": {}}},
        "manifest": {},
        "copied": {"copies": []},
    }
    given = {f"{name}.$": f"$.{name}" for name in ("component", "backup", "copies")}
    return Pass("Begin with the component", parameters={**given, **rooms})


def _made(steps: Steps, making: Making, then: State) -> State:
    call = steps.task(making.sentence, making.task, STEP, "$.made", MANY_CALLS_ATTEMPTS)
    return steps.poll_until(
        f"{making.sentence}, done",
        call,
        done="$.made.done",
        every_seconds=making.every_seconds,
        budget_seconds=making.most_seconds,
        then=then,
    )


def _manifest(steps: Steps, then: State) -> State:
    write = steps.task(
        "Write the manifest",
        "backup.write_manifest",
        {**STEP, "made.$": "$.made", "digest.$": "$.digests.digest.digest"},
        "$.manifest",
    )
    return chain(write, then)


def _copied(steps: Steps, then: State) -> State:
    """Copy it to where the manifest says, if that says anything."""
    copy = steps.task(
        "Copy the backup",
        "backup.copy_backup",
        {**STEP, "points.$": "$.made.points", "copies.$": "$.copies"},
        "$.copied",
        MANY_CALLS_ATTEMPTS,
    )
    copies = steps.poll_until(
        "Copy the backup, done",
        copy,
        done="$.copied.done",
        every_seconds=COPY_LOOK_SECONDS,
        budget_seconds=MOST_COPY_SECONDS,
        then=then,
    )
    asked = Choice("Is it to be copied?")
    asked.add_choice(Rule.IsPresent("$.copies[0]", True), copies)
    asked.default_choice(then)
    return asked


def _record(steps: Steps, name: str, failed: bool) -> State:
    broke = {"failure.$": "$.failure"} if failed else {}
    return steps.task(
        name,
        "backup.record_backup",
        {
            **STEP,
            "made.$": "$.made",
            "manifest.$": "$.manifest",
            "copies.$": "$.copied.copies",
            "wanted.$": "$.copies",
            **broke,
        },
        "$.recorded",
    )
