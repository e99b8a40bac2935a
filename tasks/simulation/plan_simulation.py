"""Write down what a simulation will do, and take the system's place for it, or refuse it."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from tasks import manifests
from tasks.drills import papers
from tasks.errors import SimulationRefused
from tasks.runtime import client, setting, task
from tasks.simulations import folders, places, scripts

PERMISSIONS = {**manifests.PERMISSIONS, **places.PERMISSIONS, **folders.WRITES}

Values = Mapping[str, Any]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return plan(
        request,
        account=context.invoked_function_arn.split(":")[4],
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        clients=client,
    )


def plan(
    asked: Values, account: str, table: str, bucket: str, clients: Callable[[str], Any]
) -> dict[str, Any]:
    """Give the plan, whose whole goes to the evidence bucket before anything starts.

    Asked again by the same execution, it plans again and writes over it. Raises UnknownSystem,
    InvalidManifest, SimulationRefused with every reason, or SimulationRunning.
    """
    request, now, dynamodb = asked["request"], asked["now"], clients("dynamodb")
    reader = functools.partial(manifests.record, table=table, dynamodb=dynamodb)
    system = manifests.system_named(request["system"], reader)
    found = scripts.problems(system, request["scenarios"])
    if found:
        raise SimulationRefused(". ".join(found))
    told = scripts.simulation(request, asked["execution"])
    names = scripts.chosen(system, request["scenarios"])
    whole = scripts.whole(told, system, names, account, now)
    paper = papers.put(folders.key(told["id"], "plan.json"), whole, bucket, clients("s3"))
    fields = {"scenarios": names, "plan_key": paper.key, "digest": paper.digest}
    places.taken(told, fields, now, table, dynamodb, clients("stepfunctions"))
    return scripts.short(whole, paper.key, paper.digest)
