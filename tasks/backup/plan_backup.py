"""Work out which components are backed up, and refuse a backup of nothing."""

import functools
from collections.abc import Mapping
from typing import Any

from tasks import manifests
from tasks.backups import marks, plans
from tasks.fleets.listings import put_array
from tasks.manifests import Reader
from tasks.runtime import client, setting, task

PERMISSIONS = {
    **manifests.PERMISSIONS,
    "s3:PutObject": "${EvidenceBucket.Arn}/backups/*",
}
# As many components are backed up at the same time.
AT_ONCE = 10


@task
def handler(request: Any, context: Any) -> Any:
    dynamodb = client("dynamodb")
    return plan(
        request["request"],
        request["execution"],
        now=request["now"],
        account=context.invoked_function_arn.split(":")[4],
        reader=functools.partial(manifests.record, table=setting("STATE_TABLE"), dynamodb=dynamodb),
        bucket=setting("EVIDENCE_BUCKET"),
        s3=client("s3"),
    )


def plan(
    request: Mapping[str, Any],
    execution: Mapping[str, str],
    now: str,
    account: str,
    reader: Reader,
    bucket: str,
    s3: Any,
) -> dict[str, Any]:
    """Give the plan; its components go to the evidence bucket.

    `now` is ISO 8601 UTC, `account` daytwo's own. Asked again with the same, it plans the same
    and writes the same list. Raises UnknownSystem, UnknownEnvironment, InvalidManifest or
    BackupRefused.
    """
    system = manifests.system_named(request["system"], reader)
    environment, _ = manifests.placed(system, request["environment"])
    kind, policy = request["kind"], system["recovery"]["backups"]
    found = plans.chosen(system, environment, kind, request["components"], account)
    backup = {
        "id": plans.identifier(execution["id"], now),
        "system": system["name"],
        "environment": environment["name"],
        "kind": kind,
        "account": environment["account"],
        "target": {"region": environment["region"], "role_arn": environment["role_arn"]},
        "started_at": now,
        "execution": dict(execution),
        "requested_by": request["requested_by"],
    }
    key = f"{marks.folder(backup)}components.json"
    put_array(found, key, bucket, s3)
    return {
        "backup": backup,
        "components_key": key,
        "components": [entry["name"] for entry in found],
        "at_once": AT_ONCE,
        "copies": policy["copies"],
        "retention_days": policy["retention_days"],
        "keep_at_least": policy["keep_at_least"],
        "lines": plans.in_words(kind, found, policy),
    }
