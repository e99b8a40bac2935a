"""Look whether instances are wholly isolated, or wholly released."""

from typing import Any

from tasks.fleets import containment, fleet, isolations, quarantine
from tasks.runtime import client, setting, task

PERMISSIONS = containment.LOOKING

LEFT = {"isolated": quarantine.left_to_isolate, "released": quarantine.left_to_release}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    work = check(
        request["work"],
        request["goal"],
        request["most_rounds"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        ec2=client("ec2", request["operation"]["target"]),
    )
    return {"work": work}


def check(
    work: dict[str, Any], goal: str, most_rounds: int, table: str, dynamodb: Any, ec2: Any
) -> dict[str, Any]:
    """Sort those acted on: nothing left is `reached`, else they are to be acted on again.

    In the last round they have failed, and the reason says what is left.
    """
    records = isolations.read(fleet.unfinished(work), table, dynamodb)
    found = containment.look_again(records, ec2) if records else quarantine.Found({})
    left = {
        one: [step.words for step in LEFT[goal](one, record["was"], found)]
        for one, record in records.items()
        if goal == "released" or not found.gone(one)
    }
    work = fleet.look(work)
    work = fleet.reach(work, [one for one, words in left.items() if not words])
    if goal == "isolated":
        gone = {one: containment.TERMINATED for one in records if found.gone(one)}
        work = fleet.fail(work, gone, changed=True)
    if work["rounds"] >= most_rounds:
        late = {one: (fleet.TIMED_OUT, containment.in_words(left[one])) for one in left}
        return fleet.time_out(fleet.fail(work, late, changed=True), changed=True)
    return {**work, "pending": fleet.unfinished(work), "acted": []}
