"""What the tasks of a batch of EC2 instances are given."""

from tasks.fleets import fleet
from tasks.fleets.fleet import Failure

EXECUTION = {
    "id": "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-operation:op-1",
    "name": "op-1",
    "started_at": "2020-01-01T00:00:00Z",
}
OPTIONS = {
    "drain": True,
    "drain_seconds": 600,
    "standby": False,
    "verify_seconds": 900,
    "status_checks": True,
    "force": False,
    "accept_data_loss": False,
    "emergency": False,
    "fallback_types": [],
    "fallback_subnets": [],
    "exclude_root_volume": False,
    "patch_operation": "Install",
    "patch_seconds": 3600,
    "hop_limit": 2,
}


def operation(action, /, name="op-1", **options):
    """Give the operation that a batch belongs to."""
    return {
        "id": name,
        "action": action,
        "execution": EXECUTION,
        "requested_by": "arn:aws:iam::123456789012:user/alice",
        "reason": "as the test asks",
        "system": "",
        "environment": "",
        "target": {"region": "", "role_arn": ""},
        "options": {**OPTIONS, **options},
        "max_errors": 0,
    }


def planned(instance_id, **changes):
    """Give an instance as it was when the operation was planned."""
    return {
        "instance_id": instance_id,
        "type": "t3.micro",
        "zone": "us-east-1a",
        "state": "running",
        "subnet_id": "",
        "private_ip": "",
        "image_id": "",
        "root_volume": "",
        "auto_scaling_group": "",
        "target_groups": [],
        **changes,
    }


def acted(ids):
    """Give the work of a step in which all were acted on."""
    return fleet.accept(fleet.begin(ids), ids)


def failed(ids, changed=True, error="PatchFailed"):
    """Give the work of a step in which all failed."""
    failures: dict[str, Failure] = dict.fromkeys(ids, (error, "as the test asks"))
    return fleet.fail(fleet.begin(ids), failures, changed)


def by_error(work):
    """Give the error and whether it was changed, of each that failed."""
    return {one["instance_id"]: (one["error"], one["changed"]) for one in work["failed"]}
