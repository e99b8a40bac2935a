"""Who may assume a role: its trust policy; AWS page "Roles terms and concepts"."""

import json

from infra.local.iam.conditions import Context
from infra.local.iam.policy import Decision, parse
from infra.local.iam.principals import Principal, find_role, naming


def may_assume(principal: Principal, role_arn: str, context: Context) -> bool:
    """Tell whether a caller may assume a role.

    A trust that names the caller suffices within an account; one that names the account
    leaves it to the caller's own policies; in another account both have to agree.
    """
    role = find_role(role_arn)
    if role is None:
        return False
    own = principal.decide("sts:AssumeRole", role_arn, context)
    if own is Decision.DENIED:
        return False
    document = role.assume_role_policy_document
    text = document if isinstance(document, str) else json.dumps(document)
    named = delegated = False
    for statement in parse(text):
        if not statement.covers("sts:AssumeRole", role_arn, context):
            continue
        who = set(naming(statement, principal))
        if who and not statement.allows:
            return False
        named = named or "named" in who
        delegated = delegated or "account" in who
    if principal.internal:
        return named or delegated
    same_account = principal.account == role_arn.split(":")[4]
    return (named and same_account) or ((named or delegated) and own is Decision.ALLOWED)
