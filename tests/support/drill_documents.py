"""What the tasks of a restore drill hand to each other, as tests write it."""

from tasks.drills import papers, records
from tasks.drills.verdicts import check

ID = "monthly-1"
PREFIX = "drill-1f0c2a9b"
EXECUTION = {
    "id": f"arn:aws:states:us-east-1:123456789012:execution:daytwo-restore-drill:{ID}",
    "name": ID,
    "started_at": "2026-11-02T03:00:00Z",
}
PLANNED_AT = "2026-11-02T03:00:01Z"
NOW = "2026-11-02T04:00:00Z"
OWN = {"region": "", "role_arn": ""}
OBJECTIVES = {"rto_seconds": 7200, "rpo_seconds": 3600}
TIMES = {
    "t0": "",
    "t1": "",
    "t2": "",
    "t3": "2026-11-02T03:01:00.000Z",
    "t4": "2026-11-02T03:21:00.500Z",
    "t5": "2026-11-02T03:31:00.000Z",
    "t6": "",
}
POINT = {"kind": "pitr", "id": "", "at": "2026-11-02T02:55:00Z", "manifest_key": ""}


def at(minute, second=0):
    """Give a moment of the drill's hour."""
    return f"2026-11-02T03:{minute:02d}:{second:02d}Z"


def drill(**changes):
    return {
        "id": ID,
        "prefix": PREFIX,
        "system": "feedback",
        "scenario": "data-corruption",
        "mode": "graceful",
        "source": {"environment": "prod", "account": "", "target": OWN},
        "target": {"environment": "dev", "account": "", "target": OWN},
        "stop_alarms": [],
        "execution": EXECUTION,
        "requested_by": "arn:aws:iam::123456789012:user/alice",
        **changes,
    }


def component(name="items", **changes):
    return {
        "name": name,
        "type": "dynamodb_table",
        "chain": "table",
        "resource": f"feedback-prod-{name}",
        "copy": f"{PREFIX}-{name}",
        "recovery_point": POINT,
        "config": {},
        "target_config": {},
        "options": {},
        "application_checks": [],
        **changes,
    }


def planned(name="items", **changes):
    """Give a component as the whole plan has it."""
    return {
        **component(name),
        "measure": "restore_time",
        "rpo": True,
        "failure_at": PLANNED_AT,
        "checks": ["item count"],
        "settings": True,
        "skipped": {},
        **changes,
    }


def plan(**changes):
    """Give what an execution's document holds of the plan."""
    return {
        "drill": drill(),
        "system": "feedback",
        "environment": "dev",
        "plan_key": papers.key(ID, "plan.json"),
        "digest": "0" * 64,
        "components_key": papers.key(ID, "components.json"),
        "component_count": 1,
        "at_once": 1,
        "objectives": OBJECTIVES,
        "most_seconds": 14400,
        "keep": "never",
        "simulation": "",
        "reason": "",
        "owner": "team-feedback",
        "due_days": 30,
        "approval": {"required": False, "roles": [], "expires_seconds": 86400},
        "lines": ["Restore items"],
        **changes,
    }


def put_plan(s3, bucket, *components, **changes):
    """Write the whole plan; gives what the document holds of it."""
    found = list(components or [planned()])
    whole = {
        "version": 1,
        "planned_at": PLANNED_AT,
        "drill": drill(),
        "objectives": OBJECTIVES,
        "components": found,
        **changes,
    }
    paper = papers.put(papers.key(ID, "plan.json"), whole, bucket, s3)
    return plan(digest=paper.digest, component_count=len(found))


def good(name="item count"):
    return check(name, "PASS", "3 items", "3 items")


def bad(name="item count", verdict="FAIL"):
    return check(name, verdict, "3 items", "2 items")


def record_of(identifier, table, dynamodb):
    from tasks import store

    return records.read(store.drill(identifier), table, dynamodb)
