"""Bucket policies as far as moto judges them by itself."""

import json
from typing import Any

from infra.local.account import Account
from infra.local.patching import replace


def install(account: Account) -> None:
    """Keep moto from applying statements whose conditions it does not look at.

    A policy that refuses requests without TLS would refuse every request to this account,
    which listens without TLS because nothing that it hears has left the machine.
    """
    from moto.s3.models import FakeBucket

    replace(account, FakeBucket, "get_permission", _permission)


def _permission(bucket: Any, action: str, resource: str) -> Any:
    from moto.iam.access_control import IAMPolicy, PermissionResult

    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    listed = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    unconditional = [statement for statement in listed if "Condition" not in statement]
    if not unconditional:
        return PermissionResult.NEUTRAL
    judged = json.dumps({**policy, "Statement": unconditional})
    return IAMPolicy(judged).is_action_permitted(action, resource)
