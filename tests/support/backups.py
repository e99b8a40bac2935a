"""A small system that is backed up, and what the steps of a backup are told of it."""

from typing import Any

from manifests import environment, system

ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:execution:daytwo-backup"
NOW = "2026-11-02T03:10:00Z"
COMPONENTS = [
    {"name": "buy", "type": "lambda", "function": "shop-{environment}-buy"},
    {"name": "orders", "type": "dynamodb_table", "table": "shop-{environment}-orders"},
    {"name": "ledger", "type": "rds_instance", "instance": "shop-{environment}-ledger"},
    {"name": "files", "type": "s3_bucket", "bucket": "shop-{environment}-files"},
    {"name": "disks", "type": "ebs_volumes", "tags": {"Name": "shop-{environment}-data"}},
]
POLICY = {"environments": ["prod"], "backups": "rate(7 days)", "exports": "rate(1 day)"}


def shop(parts: Any = None, recovery: Any = None, **policy: Any) -> dict[str, Any]:
    """Give the manifest of a shop whose production is backed up; `policy` is of its backups."""
    return system(
        environment("dev"),
        environment("prod", production=True),
        components=COMPONENTS if parts is None else parts,
        recovery={"backups": {**POLICY, **policy}, **(recovery or {})},
    )


def execution(name: str = "backup-1", started_at: str = "2026-11-02T03:00:00Z") -> dict[str, str]:
    """Give the execution that asks."""
    return {"id": f"{MACHINE}:{name}", "name": name, "started_at": started_at}


def backup(identifier: str = "20261102t030000-0000000a", **fields: Any) -> dict[str, Any]:
    """Give a backup of the shop's production as its steps are told of it."""
    return {
        "id": identifier,
        "system": "shop",
        "environment": "prod",
        "kind": "backups",
        "account": "",
        "target": {"region": "", "role_arn": ""},
        "started_at": "2026-11-02T03:00:00Z",
        "execution": execution(),
        "requested_by": ALICE,
        **fields,
    }


def component(name: str = "orders", kind: str = "dynamodb_table", **fields: Any) -> dict[str, Any]:
    """Give a component as the steps of a backup are told of it."""
    chains = {"dynamodb_table": "table", "rds_instance": "database", "stack": "stack"}
    return {
        "name": name,
        "type": kind,
        "chain": chains.get(kind, "volumes"),
        "resource": f"shop-prod-{name}",
        "copy": "",
        "recovery_point": {"kind": "none", "id": "", "at": "", "manifest_key": ""},
        "config": {"name": name, "type": kind},
        "target_config": {"name": name, "type": kind},
        "options": {},
        "application_checks": [],
        **fields,
    }


def row(identifier: str, **fields: Any) -> dict[str, Any]:
    """Give the record of a good backup of the shop's orders."""
    return {
        "backup": identifier,
        "system": "shop",
        "environment": "prod",
        "component": "orders",
        "type": "dynamodb_table",
        "resource": "shop-prod-orders",
        "kind": "backups",
        "status": "good",
        "at": "2026-11-02T03:00:00Z",
        "made_at": "2026-11-02T03:05:00Z",
        "points": [],
        "manifest_key": "",
        "manifest_sha256": "",
        "copies": [],
        "trouble": "",
        "execution": f"{MACHINE}:backup-1",
        "target": {"region": "", "role_arn": ""},
        **fields,
    }
