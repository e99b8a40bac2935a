"""Requests and plans of EC2 operations, for the tests of planning and claiming."""

from types import SimpleNamespace
from typing import Any

from schemas.validation import check

ACCOUNT = "123456789012"
CONTEXT = SimpleNamespace(
    invoked_function_arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:daytwo-ec2-plan-operation"
)


def execution(name: str = "op-1") -> dict[str, str]:
    """Name an execution of daytwo-ec2-operation."""
    return {
        "id": f"arn:aws:states:us-east-1:{ACCOUNT}:execution:daytwo-ec2-operation:{name}",
        "name": name,
        "started_at": "2026-01-05T10:00:00Z",
    }


def request(action: str = "stop", **fields: Any) -> dict[str, Any]:
    """Ask for an operation; what is not given is the schema's default."""
    asked = {
        "action": action,
        "targets": {"tags": {"Environment": ["dev"]}},
        "requested_by": "alice",
        **fields,
    }
    return check(asked, "workflows/ec2_operation")


def shop(**instances: Any) -> dict[str, Any]:
    """Describe a system with instances in prod, tagged System=shop, and their rules."""
    described = {
        "name": "shop",
        "roles": {"sre": ["arn:aws:iam::123456789012:user/bob"]},
        "environments": [
            {
                "name": "prod",
                "stack": "shop-prod",
                "instances": {"tags": {"System": ["shop"]}, **instances},
            }
        ],
    }
    return check(described, "system")
