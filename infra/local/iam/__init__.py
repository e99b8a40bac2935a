"""IAM as the embedded account enforces it: who signed a request, and may they do it.

Every request that arrives over HTTP passes the guard. What moto does inside itself is not
asked: CloudFormation creates resources in process, so a stack needs no permission of its
caller beyond the call itself and the role it passes. Session credentials do not lapse, and
of resource policies only those of buckets and the trust of roles count. A request over
loopback stands for one over TLS.
"""

from functools import partial
from typing import Any

from infra.local.account import Account
from infra.local.patching import replace


def install(account: Account) -> None:
    """Take bucket policies out of moto's hands, which reads a condition as a deny."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    from infra.local.iam import sessions
    from infra.local.iam.principals import role_may
    from infra.local.stepfunctions import distributed

    replace(account, FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)
    sessions.install(account)
    # Step Functions starts a Map's children without a request that the guard could ask about.
    replace(account, distributed, "may_start", partial(role_may, "states:StartExecution"))


def wrap(account: Account, app: Any) -> Any:
    """Put the guard before the application that serves the account."""
    from infra.local.iam.guard import Guard

    return Guard(account, app)
