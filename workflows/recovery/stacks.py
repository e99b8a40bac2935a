"""The chain of a stack: its copy is deleted, and made again from the export alone."""

from workflows.asl import State
from workflows.recovery.frame import Component


def stack(component: Component, record: State) -> State:
    """Make a copy from the export, lose it, make it again, and compare it with the export."""
    serving = component.mark("The stack is there again", record, "t5", "t6")
    look = component.applications(serving)
    check = component.check("Check the stack", "integrity.check_stack", look)
    available = component.mark("The stack is complete", check, "t4")
    again = component.act(
        "Restore the stack from its export",
        "is the stack complete",
        "restore.restore_stack",
        available,
        "$.restored",
    )
    detected = component.mark("The stack is seen to be gone", again, "t1", "t2", "t3")
    lose = component.act(
        "Delete the stack",
        "is the stack gone",
        "scenario.delete_stack",
        detected,
        "$.lost",
        told={"stack_id.$": "$.prepared.stack_id"},
    )
    failure = component.mark("The stack is about to be lost", lose, "t0")
    return component.act(
        "Make a copy to lose",
        "is there a copy to lose",
        "restore.restore_stack",
        failure,
        "$.prepared",
    )
