"""The chain of a bucket: each object as of a moment, by its version, to an empty bucket."""

from workflows.asl import Pass, State, Steps, chain
from workflows.recovery.frame import CORRELATION, STEP, Component

BATCH = {
    "batch.$": "$$.Map.Item.Value.batch",
    "component.$": "$.component",
    "drill.$": "$.drill",
}


def bucket(component: Component, record: State) -> State:
    """List what there was, restore it in batches, and compare each object with its version."""
    validated = component.mark("The copy is validated", record, "t5")
    look = component.applications(validated)
    check = component.check("Check the objects", "integrity.check_objects", look)
    compare = component.steps.each_in_s3(
        component.named("Compare the objects"),
        "$.listed.batches_key",
        BATCH,
        _compared(component),
        at_once_path="$.at_once",
    )
    chain(compare, check)
    match = component.act(
        "Bring the settings back",
        "are the settings as before",
        "restore.match_bucket",
        compare,
        "$.settings",
    )
    available = component.mark("The copy is available", match, "t4")
    restore = component.steps.each_in_s3(
        component.named("Restore the objects"),
        "$.listed.batches_key",
        BATCH,
        _restored(component),
        at_once_path="$.at_once",
    )
    chain(restore, available)
    listed = component.act(
        "List the versions",
        "are all versions listed",
        "restore.list_versions",
        restore,
        "$.listed",
        every_seconds=1,
    )
    create = component.act(
        "Create an empty bucket",
        "is the bucket there",
        "restore.create_bucket",
        listed,
        "$.created",
    )
    return component.mark("The restore begins", create, "t3")


def _restored(component: Component) -> State:
    """Restore a batch; what it could not is missing when the objects are checked."""
    batch = Component(Steps(None, correlation=CORRELATION), component.title)
    return batch.act(
        "Restore a batch",
        "is the batch restored",
        "restore.restore_objects",
        Pass(batch.named("The batch is restored"), result={}),
        "$.restored",
        every_seconds=1,
        told={"batch.$": "$.batch"},
    )


def _compared(component: Component) -> State:
    steps = Steps(None, correlation=CORRELATION)
    compare = steps.task(
        component.named("Compare a batch"),
        "integrity.compare_objects",
        {**STEP, "batch.$": "$.batch"},
        result="$.compared",
    )
    return chain(compare, Pass(component.named("The batch is compared"), result={}))
