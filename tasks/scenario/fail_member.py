"""Let one member of an Auto Scaling group fail, so that the group has to replace it."""

from typing import Any

from tasks.drills import groups, ledger, standing
from tasks.errors import DrillRefused
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    **groups.DESCRIBE,
    "autoscaling:SetInstanceHealth": groups.GROUP_ARN,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    return fail(
        request,
        client("autoscaling", drill["target"]["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def fail(request: dict[str, Any], autoscaling: Any, table: str, dynamodb: Any) -> dict[str, Any]:
    """Mark one member unhealthy, chosen by the drill's id and the same one each time.

    Raises GroupUnknown, and DrillRefused where no member serves.
    """
    component, drill = request["component"], request["drill"]
    name = component["resource"]
    group = groups.find(name, autoscaling)
    member = groups.chosen(group, drill["id"])
    if not member:
        raise DrillRefused(f"No member of {name} is in service, so none can fail")
    row = ledger.plan(
        drill["id"],
        "zone",
        name,
        component=component["name"],
        target=drill["target"]["target"],
        now=request["now"],
        table=table,
        dynamodb=dynamodb,
        detail={"subnets": groups.subnets(group), "zone": "", "members": [member]},
    )
    lost = row["detail"]["members"]
    for one in groups.serving(group):
        if one["InstanceId"] in lost:
            with raising({}, one["InstanceId"]):
                autoscaling.set_instance_health(
                    InstanceId=one["InstanceId"],
                    HealthStatus="Unhealthy",
                    ShouldRespectGracePeriod=False,
                )
    return {
        "done": True,
        "state": f"{', '.join(lost)} marked unhealthy",
        "row": row,
        "lost": lost,
        "zone": "",
        "least_seen": len(groups.serving(group, lost)),
    }
