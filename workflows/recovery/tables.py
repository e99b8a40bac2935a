"""The chain of a table: restored, brought to its settings, compared item by item.

For data-corruption items of the copy are then corrupted, found by the checksums alone, and
brought back from the moment just before.
"""

from typing import Any

from workflows.asl import Choice, Pass, Rule, State, chain
from workflows.recovery.digests import digest
from workflows.recovery.frame import STEP, Component

REFERENCE = "$.digests.reference.digest"
COPY = "$.digests.copy.digest"
SEGMENT = {"drill.$": "$.drill"}
NO_DIGEST: dict[str, Any] = {"digest": {}}
# The first copy is the source of the second, from the moment before it was corrupted.
SECOND = {
    "component": {
        "name.$": "$.component.name",
        "type.$": "$.component.type",
        "chain.$": "$.component.chain",
        "resource.$": "$.component.copy",
        "copy.$": "States.Format('{}-2', $.component.copy)",
        "recovery_point": {
            "kind": "pitr",
            "id": "",
            "at.$": "$.corrupted.restore_to",
            "manifest_key": "",
        },
        "config.$": "$.component.config",
        "target_config.$": "$.component.target_config",
        "options.$": "$.component.options",
        "application_checks.$": "$.component.application_checks",
    },
    "drill": {
        "id.$": "$.drill.id",
        "prefix.$": "$.drill.prefix",
        "system.$": "$.drill.system",
        "scenario.$": "$.drill.scenario",
        "mode.$": "$.drill.mode",
        "source.$": "$.drill.target",
        "target.$": "$.drill.target",
        "stop_alarms.$": "$.drill.stop_alarms",
        "execution.$": "$.drill.execution",
        "requested_by.$": "$.drill.requested_by",
    },
}
OF_SECOND = {
    "component.$": "$.second.component",
    "drill.$": "$.second.drill",
    "now.$": "$$.State.EnteredTime",
}


def table(component: Component, record: State) -> State:
    """Take the reference's digest, restore, bring the settings back, and compare."""
    asked = Choice(component.named("Is it to be corrupted?"))
    asked.add_choice(
        Rule.And(
            [
                Rule.StringEquals("$.drill.scenario", "data-corruption"),
                Rule.NumericGreaterThan("$.component.options.corrupt_items", 0),
            ]
        ),
        _corrupted(component, record),
    )
    asked.default_choice(record)
    validated = component.mark("The copy is validated", asked, "t5")
    match = component.act(
        "Bring the settings back",
        "are the settings as before",
        "restore.match_table",
        _compared(component, component.applications(validated)),
        "$.settings",
    )
    available = component.mark("The copy is available", match, "t4")
    restore = component.act(
        "Restore the copy",
        "is the copy available",
        "restore.restore_table",
        available,
        "$.restored",
    )
    begins = component.mark("The restore begins", restore, "t3")
    again = Pass(
        component.named("Nothing is read twice yet"),
        result=NO_DIGEST,
        result_path="$.digests.again",
    )
    room = Pass(component.named("Make room for digests"), result={}, result_path="$.digests")
    return chain(room, _digest(component, "reference", chain(again, begins)))


def _compared(component: Component, then: State) -> State:
    """Compare the copy with the reference, which is read again where nothing tells its changes."""
    look = component.check(
        "Check the table",
        "integrity.check_table",
        then,
        told={"copy_digest.$": COPY, "reference.$": REFERENCE},
    )
    compare = _compare(component, "restore", "$.digests.copy", look, {})
    twice = Choice(component.named("Is the source to be read again?"))
    twice.add_choice(
        Rule.BooleanEquals("$.digests.copy.again", True), _digest(component, "again", compare)
    )
    twice.default_choice(compare)
    return _digest(component, "copy", twice)


def _corrupted(component: Component, then: State) -> State:
    """Corrupt known items, find them by checksums, and restore to just before."""
    healed = _compare(
        component, "second_restore", "$.digests.second", then, {}, reference=COPY, step=OF_SECOND
    )
    read = digest(
        component.steps, component.title, "second", OF_SECOND, {"drill.$": "$.second.drill"}, healed
    )
    again = component.steps.poll_until(
        component.named("is the second copy available"),
        component.steps.task(
            component.named("Restore to just before"),
            "restore.restore_table",
            OF_SECOND,
            "$.restored_again",
        ),
        done="$.restored_again.done",
        every_seconds=30,
        budget_seconds=12_000,
        then=read,
    )
    second = Pass(
        component.named("Restore the first copy to a second"),
        parameters=SECOND,
        result_path="$.second",
    )
    chain(second, again)
    some = Choice(component.named("Was anything corrupted?"))
    some.add_choice(Rule.IsPresent("$.corrupted.keys[0]", True), second)
    some.default_choice(then)
    found = _compare(
        component,
        "corruption",
        "$.digests.corrupted",
        some,
        {"expected_keys.$": "$.corrupted.keys"},
        reference=COPY,
    )
    return component.act(
        "Corrupt known items",
        "are known items corrupted",
        "scenario.corrupt_items",
        _digest(component, "corrupted", found),
        "$.corrupted",
        told={"copy_digest.$": COPY},
    )


def _compare(
    component: Component,
    purpose: str,
    digests: str,
    then: State,
    told: dict[str, str],
    reference: str = REFERENCE,
    step: dict[str, str] = STEP,
) -> State:
    again = "$.digests.again.digest" if purpose == "restore" else None
    compare = component.steps.task(
        component.named(f"Compare the digests, {purpose.replace('_', ' ')}"),
        "integrity.compare_digests",
        {
            **step,
            "purpose": purpose,
            "reference.$": reference,
            "copy.$": f"{digests}.digest",
            **({"again.$": again} if again else {"again": {}}),
            **told,
        },
        f"$.checked.{purpose}",
    )
    return chain(compare, then)


def _digest(component: Component, name: str, then: State) -> State:
    return digest(component.steps, component.title, name, STEP, SEGMENT, then)
