"""What the workflow sends to ask for an approval."""

from typing import Any

ALICE = "arn:aws:iam::123456789012:user/alice"
DIGEST = "ab" * 32
KINDS = ("tests", "coverage", "static_analysis", "secrets", "dependencies")


def plan() -> dict[str, Any]:
    """Give the plan of a promotion of feedback 1.1.0 to production."""
    return {
        "system": "feedback",
        "release": "1.1.0",
        "environment": "prod",
        "digest": DIGEST,
        "already_live": False,
        "target": {"region": "us-east-1", "role_arn": ""},
        "previous": {"release": "1.0.0", "digest": "cd" * 32},
        "gates": {"coverage_percent": 80, "dependency_severity": "high"},
        "evidence": {kind: [] for kind in KINDS},
        "stack": {
            "name": "feedback-prod",
            "template_key": "releases/feedback/1.1.0/template.json",
            "template_sha256": DIGEST,
            "parameters": {},
            "role_arn": "",
        },
        "functions": [
            {
                "component": "health",
                "function": "feedback-prod-health",
                "alias": "live",
                "key": "releases/feedback/1.1.0/functions/health.zip",
                "sha256": DIGEST,
            }
        ],
        "site": {
            "present": True,
            "bucket": "feedback-prod-site",
            "component": "site",
            "source_prefix": "releases/feedback/1.1.0/site/",
            "prefix": "releases/1.1.0/",
            "entry": ["index.html"],
            "files": [],
            "distribution": "",
        },
        "steps": [{"name": "100 %", "from": 0, "to": 100, "checks": []}],
        "bake": {"checks": []},
        "health": {"alarms": [], "checks": []},
        "approval": {"required": True, "roles": ["release-manager"], "expires_seconds": 3600},
        "next_environment": "",
    }


def question(execution: str, token: str) -> dict[str, Any]:
    """Ask for the approval of that promotion, for an execution that waits for a token."""
    table = {
        "action": "Modify",
        "type": "AWS::DynamoDB::Table",
        "id": "Items",
        "replacement": "False",
    }
    return {
        "plan": plan(),
        "change_set": {
            "arn": "arn:aws:cloudformation:us-east-1:123456789012:changeSet/daytwo-x/1",
            "ready": True,
            "empty": False,
            "changes": [table],
        },
        "request": {
            "system": "feedback",
            "release": "1.1.0",
            "environment": "prod",
            "requested_by": ALICE,
            "reason": "Ships search",
        },
        "execution": {
            "id": execution,
            "name": execution.rpartition(":")[2],
            "started_at": "2026-11-20T12:00:00Z",
        },
        "task_token": token,
    }
