"""Refuse every session that a role has given out until now."""

from typing import Any

from tasks.drills import ledger, sessions, standing
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    **ledger.WRITES,
    "iam:GetRole": sessions.ROLE_ARN,
    "iam:GetRolePolicy": sessions.ROLE_ARN,
    "iam:PutRolePolicy": sessions.ROLE_ARN,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    drill = request["drill"]
    standing.ask(drill)
    return revoke(
        request,
        client("iam", drill["target"]["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def revoke(request: dict[str, Any], iam: Any, table: str, dynamodb: Any) -> dict[str, Any]:
    """Write the policy that refuses older sessions, with the moment of the first delivery.

    It hits every user of the role. Done when IAM shows the policy. Raises DrillRefused for a
    service-linked role.
    """
    component, drill = request["component"], request["drill"]
    role, name = component["resource"], sessions.policy_name(drill)
    sessions.find(role, iam)
    row = ledger.plan(
        drill["id"],
        "sessions",
        role,
        component=component["name"],
        target=drill["target"]["target"],
        now=request["now"],
        table=table,
        dynamodb=dynamodb,
        detail={"policy": name, "before": request["now"]},
    )
    before = row["detail"]["before"]
    done = sessions.revoked(role, name, iam)
    if not done:
        with raising({}, f"role {role}"):
            iam.put_role_policy(
                RoleName=role, PolicyName=name, PolicyDocument=sessions.policy(before)
            )
    return {"done": done, "state": f"sessions from before {before}", "revoked_before": before}
