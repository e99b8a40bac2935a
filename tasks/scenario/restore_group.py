"""Give an Auto Scaling group the subnets back that a drill took from it."""

from typing import Any

from tasks import stacks
from tasks.drills import groups, ledger
from tasks.errors import GroupUnknown
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **ledger.STRIKES,
    **groups.DESCRIBE,
    "autoscaling:UpdateAutoScalingGroup": groups.GROUP_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    return restore(
        row,
        request["now"],
        client("autoscaling", row["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def restore(
    row: dict[str, Any], now: str, autoscaling: Any, table: str, dynamodb: Any
) -> dict[str, Any]:
    """Set the subnets as they were, and strike the row out when the group has them.

    A group that somebody deleted meanwhile has nothing to be given back to.
    """
    name, before = row["name"], row["detail"]["subnets"]
    try:
        group = groups.find(name, autoscaling)
    except GroupUnknown:
        return _proved(row, f"There is no group {name} any more", now, table, dynamodb)
    if groups.subnets(group) == before:
        proof = f"DescribeAutoScalingGroups: {name} launches in {', '.join(before) or 'its zones'}"
        return _proved(row, proof, now, table, dynamodb)
    with raising({}, f"Auto Scaling group {name}"):
        autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=name, VPCZoneIdentifier=",".join(before)
        )
    return {"done": False, "proof": ""}


def _proved(row: dict[str, Any], proof: str, now: str, table: str, dynamodb: Any) -> dict[str, Any]:
    ledger.strike_out(row, proof, now=now, table=table, dynamodb=dynamodb)
    return {"done": True, "proof": proof}
