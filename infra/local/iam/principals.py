"""Who may sign requests: the account's own parts, IAM users, and sessions of roles."""

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.iam.conditions import Context, listed
from infra.local.iam.policy import Decision, Statement, decide, parse_all

PARTITION = "aws"
# Where a session keeps when it was given out, ISO 8601, by the account's clock.
ISSUED_AT = "daytwo_issued_at"


@dataclass
class Principal:
    """Who acts: the ARN that AWS would show, and the secret that its signatures need.

    `identity` is the ARN that policies compare: for a session that of its role.
    """

    arn: str
    identity: str
    account: str
    user_id: str
    access_key_id: str
    secret: str
    token: str = ""
    user_name: str = ""
    session_policy: str = ""
    issued_at: str = ""
    internal: bool = False

    def decide(self, action: str, resource: str, context: Context) -> Decision:
        """Judge an action by this principal's policies as they stand now.

        A permissions boundary and a session's own policy have to allow it too.
        """
        if self.internal:
            return Decision.ALLOWED
        entity = self._entity()
        granted = parse_all(tuple(_documents(entity, self.user_name)))
        decision = decide(granted, action, resource, context)
        for limit in self._limits(entity):
            if decision is not Decision.ALLOWED:
                break
            decision = decide(parse_all((limit,)), action, resource, context)
        return decision

    def proves(self, token: str) -> bool:
        """Tell whether a session token is this session's; users and internal keys have none."""
        return hmac.compare_digest(self.token.encode(), token.encode())

    @cached_property
    def context(self) -> dict[str, str | list[str]]:
        """What conditions may ask about the caller."""
        context: dict[str, str | list[str]] = {
            "aws:principalarn": self.identity,
            "aws:principalaccount": self.account,
            "aws:principaltype": "User" if self.user_name else "AssumedRole",
            "aws:userid": self.user_id,
        }
        if self.user_name:
            context["aws:username"] = self.user_name
        if self.issued_at:
            context["aws:tokenissuetime"] = self.issued_at
        return context

    def environ(self) -> dict[str, str]:
        """What the parts behind the guard learn of the caller."""
        return {
            "arn": self.arn,
            "account": self.account,
            "user_id": self.user_id,
            "access_key_id": self.access_key_id,
        }

    def _entity(self) -> Any:
        backend = iam_backends[self.account][PARTITION]
        if self.user_name:
            return backend.users.get(self.user_name)
        return find_role(self.identity)

    def _limits(self, entity: Any) -> Iterable[str]:
        if self.session_policy:
            yield self.session_policy
        boundary = getattr(entity, "permissions_boundary_arn", None)
        if boundary:
            policy = iam_backends[self.account][PARTITION].managed_policies.get(boundary)
            yield _default_version(policy) if policy else "{}"


def find(access_key_id: str, account: Account) -> Principal | None:
    """Find whose key it is, or None."""
    if access_key_id == account.admin["AccessKeyId"]:
        root = f"arn:{PARTITION}:iam::{ACCOUNT_ID}:root"
        secret = account.admin["SecretAccessKey"]
        return Principal(root, root, ACCOUNT_ID, ACCOUNT_ID, access_key_id, secret, internal=True)
    for number, backends in list(iam_backends.items()):
        key = backends[PARTITION].access_keys.get(access_key_id)
        if key is not None and key.status == "Active":
            return _of_user(number, key) if key.user_name else _of_session(number, access_key_id)
    return None


def find_role(arn: str) -> Any:
    """Find a role by its ARN in whichever account it is, or None."""
    backend = iam_backends[arn.split(":")[4]][PARTITION]
    return next((role for role in list(backend.roles.values()) if role.arn == arn), None)


def role_may(action: str, role_arn: str, resource: str) -> bool:
    """Tell whether a role's own policies allow an action, for what the account does in process."""
    number = role_arn.split(":")[4]
    acting = Principal(role_arn, role_arn, number, user_id="", access_key_id="", secret="")
    return acting.decide(action, resource, acting.context) is Decision.ALLOWED


def _of_user(number: str, key: Any) -> Principal | None:
    user = iam_backends[number][PARTITION].users.get(key.user_name)
    if user is None:
        return None
    return Principal(
        arn=user.arn,
        identity=user.arn,
        account=number,
        user_id=user.id,
        access_key_id=key.access_key_id,
        secret=key.secret_access_key,
        user_name=user.name,
    )


def naming(statement: Statement, principal: Principal) -> Iterable[str]:
    """Tell how a resource's policy names a caller: "named" itself, or by its "account"."""
    who: Any = statement.principal
    if who == "*":
        yield "named"
    for arn in listed(who.get("AWS", [])) if isinstance(who, dict) else []:
        if arn in ("*", principal.arn, principal.identity):
            yield "named"
        elif arn in (principal.account, f"arn:{PARTITION}:iam::{principal.account}:root"):
            yield "account"


@lru_cache(maxsize=4096)
def _of_session(number: str, access_key_id: str) -> Principal | None:
    sessions: list[AssumedRole] = sts_backends[number][PARTITION].assumed_roles
    for session in reversed(sessions):  # the newest are asked for most
        if session.access_key_id == access_key_id:
            return Principal(
                arn=session.arn,
                identity=session.role_arn,
                account=number,
                user_id=session.user_id,
                access_key_id=access_key_id,
                secret=session.secret_access_key,
                token=session.session_token,
                session_policy=session.policy or "",
                issued_at=getattr(session, ISSUED_AT, ""),
            )
    return None


def _documents(entity: Any, user_name: str) -> Iterable[str]:
    if entity is None:
        return
    yield from (_document(each) for each in list(entity.policies.values()))
    for policy in list(entity.managed_policies.values()):
        yield _default_version(policy)
    if user_name:
        backend = iam_backends[entity.account_id][PARTITION]
        for group in backend.get_groups_for_user(user_name):
            yield from _documents(group, "")


def _default_version(policy: Any) -> str:
    wanted = policy.default_version_id
    return next(each.document for each in policy.versions if each.version_id == wanted)


def _document(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
