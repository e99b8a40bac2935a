"""Check that a role's older sessions are refused, and that new ones are not."""

from datetime import datetime, timedelta
from typing import Any

from tasks.drills import sessions, standing
from tasks.runtime import client, iso, raising, task

PERMISSIONS = {
    **standing.PERMISSIONS,
    "iam:GetRole": sessions.ROLE_ARN,
    "iam:SimulatePrincipalPolicy": sessions.ROLE_ARN,
}
# Any action does, as the policy refuses all of them.
ACTION = "sts:GetCallerIdentity"
A_MINUTE = timedelta(minutes=1)


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    standing.ask(request["drill"])
    return {"checks": check(request, client("iam", request["drill"]["target"]["target"]))}


def check(request: dict[str, Any], iam: Any) -> list[dict[str, str]]:
    """Let IAM judge a session from a minute before the revocation, and one from after it."""
    role = sessions.find(request["component"]["resource"], iam)
    moment = datetime.fromisoformat(request["revoked_before"])
    older = _decision(role["Arn"], moment - A_MINUTE, iam)
    newer = _decision(role["Arn"], moment + A_MINUTE, iam)
    return [
        {
            "name": "older sessions are refused",
            "verdict": "PASS" if older == "explicitDeny" else "FAIL",
            "expected": "explicitDeny",
            "observed": older,
        },
        {
            "name": "new sessions are not refused",
            "verdict": "FAIL" if newer == "explicitDeny" else "PASS",
            "expected": "allowed, or not spoken of",
            "observed": newer,
        },
    ]


def _decision(role: str, issued: datetime, iam: Any) -> str:
    entry = {
        "ContextKeyName": "aws:TokenIssueTime",
        "ContextKeyValues": [iso(issued)],
        "ContextKeyType": "date",
    }
    with raising({}, role):
        reply = iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[ACTION], ContextEntries=[entry]
        )
    decision: str = reply["EvaluationResults"][0]["EvalDecision"]
    return decision
