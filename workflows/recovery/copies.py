"""Chains that restore a copy and look at it: databases, volumes, instances, functions."""

from workflows.asl import State
from workflows.recovery.frame import Component

COPY = {"copy.$": "$.restored.copy"}


def database(component: Component, record: State) -> State:
    """Restore a database from its log or a snapshot, bring its settings back, and look at it."""
    validated = component.mark("The copy is validated", record, "t5")
    look = component.applications(validated, told={"endpoint.$": "$.restored.copy.endpoint"})
    check = component.check("Check the copy", "integrity.check_database", look, told=COPY)
    match = component.act(
        "Bring the settings back",
        "are the settings as before",
        "restore.match_database",
        check,
        "$.settings",
        told=COPY,
    )
    return _restored(component, "restore.restore_database", match)


def volumes(component: Component, record: State) -> State:
    """Restore volumes from their newest snapshots, and look at them."""
    return _looked_at(component, "volumes", "restore.restore_volumes", record)


def image(component: Component, record: State) -> State:
    """Launch copies of instances from their newest images, cut off from all, and look at them."""
    return _looked_at(component, "instance", "restore.restore_instance", record)


def function(component: Component, record: State) -> State:
    """Make a copy of a function from its published version, and call it."""
    validated = component.mark("The copy is validated", record, "t5")
    look = component.applications(validated)
    check = component.check("Check the copy", "integrity.check_function", look)
    return _restored(component, "restore.restore_function", check)


def _looked_at(component: Component, what: str, task: str, record: State) -> State:
    validated = component.mark("The copy is validated", record, "t5")
    check = component.check("Check the copy", f"integrity.check_{what}", validated, told=COPY)
    return _restored(component, task, check)


def _restored(component: Component, task: str, then: State) -> State:
    """Restore, between T3 and T4."""
    available = component.mark("The copy is available", then, "t4")
    restore = component.act(
        "Restore the copy", "is the copy available", task, available, "$.restored"
    )
    return component.mark("The restore begins", restore, "t3")
