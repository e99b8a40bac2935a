"""Turn a health check back that a drill has inverted."""

from typing import Any

from tasks import stacks
from tasks.drills import failovers, ledger
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **ledger.STRIKES,
    "route53:GetHealthCheck": failovers.HEALTH_CHECKS,
    "route53:UpdateHealthCheck": failovers.HEALTH_CHECKS,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    return turn_back(
        row,
        request["now"],
        client("route53", row["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def turn_back(
    row: dict[str, Any], now: str, route53: Any, table: str, dynamodb: Any
) -> dict[str, Any]:
    """Set whether the check is inverted as it was, and strike the row out when it is seen so.

    A check that somebody deleted meanwhile has nothing to be turned back.
    """
    name, before = row["name"], row["detail"]["inverted"]
    with raising(failovers.ERRORS, f"health check {name}"):
        try:
            check = route53.get_health_check(HealthCheckId=name)["HealthCheck"]
        except route53.exceptions.NoSuchHealthCheck:
            return _proved(row, f"There is no health check {name} any more", now, table, dynamodb)
    if failovers.is_inverted(check) is before:
        version = check["HealthCheckVersion"]
        said = "inverted" if before else "not inverted"
        proof = f"GetHealthCheck: {name} is {said} as before, in its version {version}"
        return _proved(row, proof, now, table, dynamodb)
    failovers.invert(check, before, route53)
    return {"done": False, "proof": ""}


def _proved(row: dict[str, Any], proof: str, now: str, table: str, dynamodb: Any) -> dict[str, Any]:
    ledger.strike_out(row, proof, now=now, table=table, dynamodb=dynamodb)
    return {"done": True, "proof": proof}
