"""Let Route 53 believe that a record's primary has failed: its health check is inverted."""

from collections.abc import Callable
from typing import Any

from tasks.drills import failovers, ledger, newest, standing
from tasks.errors import DrillRefused
from tasks.runtime import client, setting, task

TABLE_ARN = "arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/${System}-*"
PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    "dynamodb:GetItem": (standing.PERMISSIONS["dynamodb:GetItem"], TABLE_ARN),
    "dynamodb:Scan": TABLE_ARN,
    "route53:ListResourceRecordSets": failovers.ZONES,
    "route53:GetHealthCheck": failovers.HEALTH_CHECKS,
    "route53:UpdateHealthCheck": failovers.HEALTH_CHECKS,
    "route53:TestDNSAnswer": "*",
}
SPARE_MILLISECONDS = 10_000

# Gives the newest record of the component's table in a Region, by the target of that Region.
Newest = Callable[[dict[str, str]], str]


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    component, drill = request["component"], request["drill"]
    standing.ask(drill)
    table = component["options"].get("table") or {}
    away = failovers.place(drill["target"]["target"], component["target_config"])

    def newest_in(target: dict[str, str]) -> str:
        if not newest.tells(table):
            return ""
        return newest.newest(
            table,
            client("dynamodb", target),
            lambda: context.get_remaining_time_in_millis() < SPARE_MILLISECONDS,
        )

    return turn(
        request,
        newest_in,
        client("route53", away),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def turn(
    request: dict[str, Any], newest_in: Newest, route53: Any, table: str, dynamodb: Any
) -> dict[str, Any]:
    """Invert the check; in mode graceful only when the replica has what the primary had at first.

    A disabled check counts as healthy and can be inverted as well: Amazon Route 53 Developer
    Guide, "Values that you specify when you create or update health checks". The records stay
    as they are, and so does the endpoint. Raises DrillRefused where the primary does not answer
    now, where another record shares its check, or where a routing control decides.
    """
    component, drill = request["component"], request["drill"]
    config, target = component["target_config"], drill["target"]["target"]
    found = failovers.sides(config, route53)
    check = _own_check(found, config, route53)
    away = failovers.place(target, config)
    graceful = drill["mode"] == "graceful"
    row = ledger.plan(
        drill["id"],
        "health_check",
        check["Id"],
        component=component["name"],
        target=away,
        now=request["now"],
        table=table,
        dynamodb=dynamodb,
        detail={
            "inverted": failovers.is_inverted(check),
            "record": config["record"],
            "newest": newest_in(target) if graceful else "",
        },
    )
    before = row["detail"]
    if failovers.is_inverted(check) is before["inverted"]:
        reached = newest_in(away) if before["newest"] else ""
        if not newest.reaches(reached, before["newest"]):
            return _answer(False, f"the replica has not reached {before['newest']}", row, "")
        _check_serving(found, config, route53)
        failovers.invert(check, not before["inverted"], route53)
    return _answer(True, f"the health check of {config['record']} is turned", row, request["now"])


def _own_check(found: failovers.Sides, config: dict[str, Any], route53: Any) -> dict[str, Any]:
    identifier = found.primary["HealthCheckId"]
    if found.sharing:
        raise DrillRefused(
            f"The health check {identifier} of {config['record']} turns other records as well: "
            f"{', '.join(found.sharing[:5])}; give the PRIMARY a check of its own"
        )
    check = failovers.health_check(identifier, route53)
    if check["HealthCheckConfig"]["Type"] == failovers.CONTROLLED:
        raise DrillRefused(
            f"{config['record']} is turned by a routing control, which no drill operates yet"
        )
    return check


def _check_serving(found: failovers.Sides, config: dict[str, Any], route53: Any) -> None:
    answered = failovers.answer(config, route53)
    if failovers.serves(found.secondary, answered) or not failovers.serves(found.primary, answered):
        raise DrillRefused(
            f"{config['record']} is answered with {', '.join(answered) or 'nothing'} and not by "
            "its primary: there is nothing to fail over"
        )


def _answer(done: bool, state: str, row: dict[str, Any], turned_at: str) -> dict[str, Any]:
    return {"done": done, "state": state, "row": row, "turned_at": turned_at}
