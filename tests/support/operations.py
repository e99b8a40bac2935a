"""An EC2 operation with mocked tasks, on the real interpreter; for the tests of its workflows."""

from interpreter import run
from promotions import events

from workflows import ec2_operation

__all__ = ["events"]

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:execution-1"
BUCKET = "EvidenceBucket"
BATCHES_KEY = "operations/execution-1/batches.json"
REQUEST = {
    "action": "stop",
    "targets": {"tags": {"Environment": ["dev"]}},
    "limits": {"max_instances": 100},
    "options": {"status_checks": True},
    "system": "",
    "environment": "",
    "resume": "",
    "dry_run": False,
    "reason": "Nights off",
    "requested_by": "arn:aws:iam::123456789012:user/alice",
}
ROUNDS = {"verify": 60, "drain": 40, "patch": 240}
ACTS = (
    "start_instances",
    "stop_instances",
    "reboot_instances",
    "terminate_instances",
    "put_in_service",
    "require_imdsv2",
    "send_patch_command",
    "isolate_instances",
    "release_isolation",
)
CHECKS = (
    "check_instances",
    "check_out_of_service",
    "check_in_service",
    "check_snapshots",
    "check_imdsv2",
    "check_patch_command",
    "check_isolation",
    "check_replacements",
)
# What goes through at once.
INSTANT = ("change_types", "record_isolations", "forget_isolations", "check_refreshed")


def instance_id(number):
    return f"i-{number:017x}"


def instance(number, **changes):
    return {
        "instance_id": instance_id(number),
        "type": "t3.micro",
        "zone": "us-east-1a",
        "state": "running",
        **changes,
    }


def batch(number, *instances, **changes):
    return {
        "number": number,
        "wait_seconds": 0,
        "after_others": False,
        "in_service": False,
        "type": "t3.micro",
        "zone": "us-east-1a",
        "instances": list(instances) or [instance(number * 100 + at) for at in range(3)],
        **changes,
    }


def plan(action="stop", batches=1, **changes):
    return {
        "operation": "execution-1",
        "action": action,
        "system": "",
        "environment": "",
        "production": False,
        "target": {"region": "", "role_arn": ""},
        "plan_key": "operations/execution-1/plan.jsonl",
        "batches_key": BATCHES_KEY,
        "digest": "ab" * 32,
        "matched": 3 * batches,
        "to_act": 3 * batches,
        "already": 0,
        "refused": 0,
        "batch_count": batches,
        "at_once": 0,
        "max_unavailable": 0,
        "max_errors": 0,
        "rounds": ROUNDS,
        "instance_refresh": "",
        "lines": [],
        "approval": {"required": False, "roles": [], "expires_seconds": 3600, "reasons": []},
        **changes,
    }


def acted(document):
    """Answer as a task does that all instances let act on them."""
    work = document["work"]
    return {"work": {**work, "acted": work["pending"], "pending": []}}


def acted_unless_in_haste(document):
    """Answer as those tasks do that can be told not to wait for what they began."""
    in_haste = document.get("at_once") or not document.get("required", True)
    return gone_through(document) if in_haste else acted(document)


def arrived(document):
    """Answer as a task does that sees all instances where they should be."""
    work = document["work"]
    rounds = work["rounds"] + 1
    return {"work": {**work, "reached": work["acted"], "acted": [], "rounds": rounds, "done": True}}


def gone_through(document):
    """Answer as a task does whose call is all there is to do."""
    work = document["work"]
    return {"work": {**work, "reached": work["pending"], "pending": []}}


def put_back(document):
    """Answer as a task does that has put all back that failed."""
    work = document["work"]
    failed = [{**entry, "changed": False} for entry in work["failed"]]
    return {"work": {**work, "failed": failed, "done": True}}


def launched(document):
    """Answer as the task does that launches a replacement for each."""
    work = document["work"]
    pairs = [
        {"instance_id": old, "replacement": old[:2] + "f" + old[3:]} for old in work["pending"]
    ]
    return {
        "work": {**work, "acted": work["pending"], "pending": []},
        "replacements": document["replacements"] + pairs,
    }


def failing(error, changed=True):
    """Answer as a task does that sees all instances fail."""

    def answer(document):
        work = document["work"]
        failed = [
            {"instance_id": name, "error": error, "reason": "as the test asks", "changed": changed}
            for name in (*work["acted"], *work["pending"])
        ]
        return {
            "work": {
                **work,
                "acted": [],
                "pending": [],
                "failed": work["failed"] + failed,
                "rounds": work["rounds"] + 1,
                "done": True,
            }
        }

    return answer


def report(result="succeeded", **changes):
    return {
        "succeeded": 3,
        "failed": 0,
        "not_touched": 0,
        "interrupted": 0,
        "unrecorded": 0,
        "changed": [],
        "result": result,
        "report_key": "operations/execution-1/report.json",
        "words": f"in words: {result}",
        **changes,
    }


def tasks(**changes):
    """Answers of an operation in which all goes well, but for the changes."""
    answers = {
        "common_validate_request": lambda document: {
            "request": document["document"],
            "execution": document["execution"],
            "duplicate": False,
        },
        "promotion_explain_failure": lambda document: {
            "error": document["error"],
            "cause": f"in words: {document['error']}",
        },
        "approval_close_approval": {"closed": 0},
        "ec2_plan_operation": plan(),
        "ec2_request_approval": {"id": "a-1"},
        "ec2_claim_instances": {"claimed": 3},
        "ec2_check_budget": {"spent": False, "failed": 0, "allowed": 0},
        "ec2_record_batch": {"recorded": 3},
        "ec2_report_operation": report(),
        "ec2_release_claim": {"released": True},
        **{f"ec2_{name}": acted for name in ACTS},
        **{f"ec2_{name}": arrived for name in CHECKS},
        **{f"ec2_{name}": gone_through for name in INSTANT},
        "ec2_create_snapshots": acted_unless_in_haste,
        "ec2_take_out_of_service": acted_unless_in_haste,
        "ec2_restore_types": put_back,
        "ec2_replace_root_volumes": lambda document: {"work": {**document["work"], "done": False}},
        "ec2_check_root_volumes": put_back,
        "ec2_launch_replacements": launched,
        "ec2_discard_replacements": put_back,
        "ec2_start_instance_refresh": {"refresh_id": "r-1", "group": "web", "rollback": True},
        "ec2_check_instance_refresh": {
            "done": True,
            "status": "Successful",
            "percent": 100,
            "outcome": "succeeded",
            "reason": "",
            "rounds": 1,
        },
        "ec2_stop_instance_refresh": {"stopped": True},
    }
    return {**answers, **changes}


def operate(
    action="stop", batches=None, request=None, services=None, batches_missing=False, **changes
):
    """Run an operation of some batches, one unless told."""
    batches = batches if batches is not None else [batch(1)]
    answers = {"ec2_plan_operation": plan(action, len(batches)), **changes}
    return run(
        ec2_operation.definition(),
        {**REQUEST, "action": action, **(request or {})},
        tasks(**answers),
        services=services,
        objects={} if batches_missing else {f"{BUCKET}/{BATCHES_KEY}": batches},
    )
