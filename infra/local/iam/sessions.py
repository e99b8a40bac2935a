"""Sessions of roles: when each was given out, and what IAM would let one do.

IAM User Guide, "Revoke IAM role temporary security credentials"; IAM API Reference,
"SimulatePrincipalPolicy".
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse
from moto.sts.models import STSBackend

from infra.local.account import Account
from infra.local.iam.policy import Decision
from infra.local.iam.principals import ISSUED_AT, Principal, find_role
from infra.local.patching import replace

DECISIONS = {
    Decision.ALLOWED: "allowed",
    Decision.DENIED: "explicitDeny",
    Decision.NOT_ALLOWED: "implicitDeny",
}


def install(account: Account) -> None:
    """Remember when sessions begin, and answer what a role may do, until the account stops."""

    def assume(backend: Any, *arguments: Any, **named: Any) -> Any:
        session = plain_assume(backend, *arguments, **named)
        setattr(session, ISSUED_AT, account.clock.now().isoformat(timespec="seconds"))
        return session

    # moto does not know when a session was given out, and cannot simulate a policy.
    plain_assume = replace(account, STSBackend, "assume_role", assume)
    replace(account, IamResponse, "simulate_principal_policy", _simulate)


def _simulate(response: Any) -> ActionResult:
    """Judge actions by the policies of a role, in the context that the caller describes."""
    arn = response._get_param("PolicySourceArn")
    if find_role(arn) is None:
        raise NotFoundException(f"The role with ARN {arn} cannot be found.")
    acting = Principal(arn, arn, arn.split(":")[4], user_id="", access_key_id="", secret="")
    given = {
        entry["ContextKeyName"].lower(): entry["ContextKeyValues"]
        for entry in response._get_param("ContextEntries") or []
    }
    resources = response._get_param("ResourceArns") or ["*"]
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": DECISIONS[acting.decide(action, resource, {**acting.context, **given})],
        }
        for action in response._get_param("ActionNames")
        for resource in resources
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})
