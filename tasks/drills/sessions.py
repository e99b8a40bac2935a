"""Revoking a role's sessions: the inline policy that refuses all from before a moment.

IAM User Guide, "Revoke IAM role temporary security credentials": the console writes such a
policy under the name AWSRevokeOlderSessions; a drill's has a name of its own, so that it
never takes away what a person revoked in earnest.
"""

import json
from collections.abc import Mapping
from typing import Any

from tasks.errors import DrillRefused
from tasks.runtime import raising

ROLE_ARN = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${System}-*"
SERVICE_LINKED = "/aws-service-role/"


def policy_name(drill: Mapping[str, Any] | str) -> str:
    """Name the inline policy of a drill, given the drill or its prefix."""
    prefix = drill if isinstance(drill, str) else drill["prefix"]
    return f"{prefix}-revoke-older-sessions"


def policy(before: str) -> str:
    """Write the policy that refuses all that sessions from before a moment ask for."""
    statement = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": before}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def find(role: str, iam: Any) -> dict[str, Any]:
    """Describe a role; raises DrillRefused for one that AWS keeps, whose policies are AWS's."""
    with raising({}, f"role {role}"):
        found: dict[str, Any] = iam.get_role(RoleName=role)["Role"]
    if found["Path"].startswith(SERVICE_LINKED):
        raise DrillRefused(f"{role} is a service-linked role, whose sessions cannot be revoked")
    return found


def revoked(role: str, name: str, iam: Any) -> bool:
    """Tell whether the role has the policy of that name."""
    with raising({}, f"role {role}"):
        try:
            iam.get_role_policy(RoleName=role, PolicyName=name)
        except iam.exceptions.NoSuchEntityException:
            return False
    return True
