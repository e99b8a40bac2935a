"""Write down what a drill will do and how it will be judged, or refuse it.

The whole plan lies in the evidence bucket before anything starts: objectives, criteria,
recovery points, every check, and what is left out and why.
"""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from tasks import manifests
from tasks.backups import records as backup_records
from tasks.drills import (
    choices,
    occupied,
    papers,
    places,
    preparing,
    sheets,
    sources,
    standing,
)
from tasks.drills.preparing import Clients, Prepared, Scene
from tasks.errors import DrillRefused, DrillStopped, NothingToRestore
from tasks.fleets.listings import put_array
from tasks.runtime import client, setting, task

PERMISSIONS: dict[str, str | list[str]] = {
    **manifests.PERMISSIONS,
    **standing.PERMISSIONS,
    **places.PERMISSIONS,
    **papers.WRITES,
    **occupied.PERMISSIONS,
    **sources.PERMISSIONS,
    **{action: [arn, occupied.PERMISSIONS[action]] for action, arn in sources.ALSO_COPIES.items()},
    "sts:GetCallerIdentity": "*",
}
TIMEOUT = 120

Values = Mapping[str, Any]


class Where(NamedTuple):
    """Where daytwo keeps what it knows, and its own account."""

    table: str
    bucket: str
    account: str


@task
def handler(request: Any, context: Any) -> Any:
    account = context.invoked_function_arn.split(":")[4]
    where = Where(setting("STATE_TABLE"), setting("EVIDENCE_BUCKET"), account)
    return plan(request["request"], request["execution"], request["now"], where, client)


def plan(
    request: Values, execution: Values, now: str, where: Where, clients: Clients
) -> dict[str, Any]:
    """Give the plan, whose whole and whose components go to the evidence bucket.

    Asked again by the same execution, it plans again and writes over it. Raises
    UnknownSystem, InvalidManifest, DrillRefused with every reason, NothingToRestore with
    every component that has no recovery point, or DrillRunning.
    """
    dynamodb = clients("dynamodb")
    reader = functools.partial(manifests.record, table=where.table, dynamodb=dynamodb)
    system = manifests.system_named(request["system"], reader)
    choice, problems = choices.chosen(system, request)
    if choice is None or problems:
        raise DrillRefused(". ".join(problems))
    drill = sheets.drill(request, execution, choice, where.account)
    holder = places.holder(drill["system"], where.table, dynamodb)
    if holder and holder["drill"] != drill["id"]:
        places.refuse_taken(holder, where.table, dynamodb, clients("stepfunctions"))
    scene = Scene(drill, choice, where.account, dynamodb.meta.region_name, now)
    preparing.check_accounts(scene, clients)
    _check_standing(drill, where.table, clients)
    known = _good_backups(scene, where.table, dynamodb)
    found = preparing.prepared(scene, request["recovery_point"], known, clients)
    _refuse(found)
    return _written(request, scene, found, system, where.bucket, clients("s3"))


def _check_standing(drill: Values, table: str, clients: Clients) -> None:
    """Raise DrillRefused where the drill would be stopped at its first step."""
    target = drill["target"]["target"]
    try:
        standing.stand(drill, table, clients("dynamodb"), lambda: clients("cloudwatch", target))
    except DrillStopped as stopped:
        raise DrillRefused(f"{stopped}: it would end before it began") from None


def _good_backups(scene: Scene, table: str, dynamodb: Any) -> dict[str, list[Any]]:
    """Give the backups of each component that can be restored from, the newest first."""
    rows = backup_records.read(
        scene.drill["system"], scene.choice.source["name"], table=table, dynamodb=dynamodb
    )
    good = [row for row in rows if row["status"] == backup_records.GOOD and row["points"]]
    return backup_records.by_component(good)


def _refuse(found: Prepared) -> None:
    """Raise with every reason there is."""
    if found.refused:
        raise DrillRefused(". ".join(found.refused + found.without))
    if found.without:
        raise NothingToRestore(". ".join(found.without))


def _written(
    request: Values, scene: Scene, found: Prepared, system: Values, bucket: str, s3: Any
) -> dict[str, Any]:
    """Write the plan down and give what the execution's document holds of it."""
    drill, scenario = scene.drill, scene.choice.scenario
    key = papers.key(drill["id"], "components.json")
    parts = [{field: one[field] for field in sheets.OF_STEPS} for one in found.components]
    put_array(parts, key, bucket, s3)
    whole = sheets.whole(request, scene, found.components, system, papers.sha256_of(parts))
    paper = papers.put(papers.key(drill["id"], "plan.json"), whole, bucket, s3)
    return {
        "drill": drill,
        "system": drill["system"],
        "environment": scene.choice.target["name"],
        "plan_key": paper.key,
        "digest": paper.digest,
        "components_key": key,
        "component_count": len(parts),
        "at_once": len(parts),
        "objectives": dict(scenario["objectives"]),
        "most_seconds": scenario["options"]["most_seconds"],
        "keep": request["keep"],
        "simulation": request["simulation"],
        "reason": request["reason"],
        "owner": whole["owner"],
        "due_days": scenario["due_days"],
        "approval": whole["approval"],
        "lines": sheets.lines(whole),
    }
