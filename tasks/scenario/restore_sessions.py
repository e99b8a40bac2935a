"""Take away the policy with which a drill revoked a role's sessions."""

from typing import Any

from tasks import stacks
from tasks.drills import ledger, sessions
from tasks.errors import NotACopy
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **ledger.STRIKES,
    "iam:GetRolePolicy": sessions.ROLE_ARN,
    "iam:DeleteRolePolicy": sessions.ROLE_ARN,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    row = request["row"]
    return restore(
        row,
        request["now"],
        client("iam", row["target"]),
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
    )


def restore(row: dict[str, Any], now: str, iam: Any, table: str, dynamodb: Any) -> dict[str, Any]:
    """Delete the drill's own policy, and strike the row out when IAM shows it no more.

    Raises NotACopy for a policy whose name is none of a drill's.
    """
    role, name = row["name"], row["detail"]["policy"]
    if not name.startswith("drill-"):
        raise NotACopy(f"{name} of the role {role} was not made by a drill: it is left as it is")
    if sessions.revoked(role, name, iam):
        with raising({}, f"role {role}"):
            iam.delete_role_policy(RoleName=role, PolicyName=name)
        return {"done": False, "proof": ""}
    proof = f"GetRolePolicy: {role} has no policy {name}"
    ledger.strike_out(row, proof, now=now, table=table, dynamodb=dynamodb)
    return {"done": True, "proof": proof}
