"""A promotion with mocked tasks, on the real interpreter; shared by the tests of its workflows."""

import json

from interpreter import run

from workflows import promotion

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:execution-1"
REQUEST = {
    "system": "feedback",
    "release": "1.1.0",
    "environment": "prod",
    "requested_by": "arn:aws:iam::123456789012:user/alice",
    "reason": "monthly release",
}
FUNCTION = {
    "component": "create-feedback",
    "function": "feedback-prod-create-feedback",
    "alias": "live",
    "key": "releases/feedback/1.1.0/functions/create-feedback.zip",
    "sha256": "ab" * 32,
}
PLAN = {
    "system": "feedback",
    "release": "1.1.0",
    "environment": "prod",
    "digest": "cd" * 32,
    "already_live": False,
    "target": {"region": "us-east-1", "role_arn": ""},
    "previous": {"release": "1.0.0", "digest": "ef" * 32},
    "gates": {"coverage_percent": 80, "dependency_severity": "high"},
    "evidence": {gate: [] for gate in promotion.GATES},
    "stack": {"name": "feedback-prod", "template_key": "k", "parameters": {}, "role_arn": ""},
    "functions": [FUNCTION, {**FUNCTION, "function": "feedback-prod-health"}],
    "site": {"present": True, "bucket": "feedback-prod-site", "distribution": ""},
    "steps": [
        {"name": "10 %", "from": 0, "to": 10, "checks": [{"wait_seconds": 60, "last": False}] * 2},
        {"name": "100 %", "from": 10, "to": 100, "checks": []},
    ],
    "bake": {"checks": [{"wait_seconds": 60, "last": False}, {"wait_seconds": 60, "last": True}]},
    "health": {"alarms": [], "checks": []},
    "approval": {"required": False, "roles": [], "expires_seconds": 3600},
    "next_environment": "",
}
CAPTURED = {
    "functions": [
        {"function": "feedback-prod-create-feedback", "alias": "live", "version": "3"},
        {"function": "feedback-prod-health", "alias": "live", "version": "7"},
    ],
    "stack": {"name": "feedback-prod"},
    "site": {"present": True},
}


def explain(document):
    return {"error": document["error"], "cause": f"in words: {document['error']}"}


def plan(**changes):
    return {**PLAN, **changes}


def tasks(**changes):
    """Answers of a promotion in which all goes well, but for the changes."""
    answers = {
        "common_validate_request": lambda document: {
            "request": document["document"],
            "execution": document["execution"],
            "duplicate": False,
        },
        "locks_acquire_lock": {"fence": 4, "lease_expires": 1_800_000_000},
        "locks_leave_claim": {"left": True},
        "locks_release_lock": {"released": True},
        "promotion_make_plan": PLAN,
        "promotion_verify_artifacts": {"verified": 9},
        **{
            f"gates_check_{gate}": {"gate": gate, "passed": True, "findings": []}
            for gate in promotion.GATES
        },
        "promotion_judge_gates": {"passed": True},
        "promotion_create_change_set": {"arn": "arn:change-set", "status": "pending"},
        "promotion_check_change_set": {"arn": "arn:change-set", "ready": True, "empty": True},
        "promotion_discard_change_set": {"deleted": True},
        "approval_request_approval": {"id": "a-1"},
        "approval_close_approval": {"closed": 0},
        "promotion_capture_rollback_plan": CAPTURED,
        "promotion_execute_change_set": {"started": True},
        "promotion_check_stack": {"done": True, "status": "UPDATE_COMPLETE"},
        "promotion_publish_version": lambda document: {
            "function": document["function"],
            "version": "9",
        },
        "promotion_shift_alias": {"version": "3"},
        "promotion_check_health": {"healthy": True, "inconclusive": False, "observations": []},
        "promotion_publish_assets": {"published": 3},
        "promotion_switch_assets": {"switched": 1},
        "promotion_record_release": {"recorded_at": "2026-01-01T00:00:00Z"},
        "promotion_explain_failure": explain,
        "promotion_restore_alias": {"restored": True},
        "promotion_restore_assets": {"restored": 1},
        "promotion_restore_stack": {"done": True, "status": "as before"},
        "promotion_record_rollback": {"quarantined": True},
    }
    return {**answers, **changes}


def promote(request=REQUEST, services=None, **changes):
    return run(promotion.definition(), request, tasks(**changes), services=services)


def events(result):
    return [
        (
            entry["DetailType"],
            json.loads(entry["Detail"]) if isinstance(entry["Detail"], str) else entry["Detail"],
        )
        for call in result.inputs("events.put_events")
        for entry in call["Entries"]
    ]
