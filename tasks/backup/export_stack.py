"""Export a stack: its template, parameters, outputs, tags and resources, without secrets."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tasks import stacks
from tasks.backups import marks
from tasks.drills import papers
from tasks.errors import BackupFailed
from tasks.exports import documents
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplate",
            "cloudformation:ListStackResources",
        ),
        stacks.STACK_ARN,
    ),
    "s3:PutObject": "${EvidenceBucket.Arn}/backups/*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = stacks.ERRORS
TIMEOUT = 60


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return export(
        request["backup"],
        request["component"],
        request["now"],
        bucket=setting("EVIDENCE_BUCKET"),
        s3=client("s3"),
        cloudformation=client("cloudformation", request["backup"]["target"]),
    )


def export(
    backup: Mapping[str, Any],
    component: Mapping[str, Any],
    now: str,
    bucket: str,
    s3: Any,
    cloudformation: Any,
) -> dict[str, Any]:
    """Put the export into the evidence bucket; done unless an operation runs on the stack.

    Raises BackupFailed where there is no stack, or one that is not as its template says.
    """
    name = component["resource"]
    stack = stacks.find(name, cloudformation)
    if stack is None or not stacks.exists(stack):
        raise BackupFailed(f"There is no stack {name}, so it has no template to export")
    status = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        return {"done": False, "state": status, "points": [], "detail": {}}
    if status not in stacks.UPDATABLE:
        raise BackupFailed(
            f"Stack {name} is in {status}: it is not what its template says. Mend it in "
            "CloudFormation; the next export takes it then"
        )
    body = stacks.original_template(name, cloudformation).encode()
    template_key = marks.key(backup, component, "template")
    with raising(ERRORS, f"s3://{bucket}/{template_key}"):
        s3.put_object(Bucket=bucket, Key=template_key, Body=body, ChecksumAlgorithm="SHA256")
    document = {
        **documents.describe(stack, documents.resources_of(name, cloudformation)),
        "system": backup["system"],
        "environment": backup["environment"],
        "exported_at": now,
        "template_key": template_key,
        "template_sha256": hashlib.sha256(body).hexdigest(),
    }
    paper = papers.put(marks.key(backup, component, "stack.json"), document, bucket, s3)
    return {
        "done": True,
        "state": status,
        "points": [{"id": paper.key, "resource": name, "at": now, "size_bytes": len(body)}],
        "detail": {
            "digest": paper.digest,
            "template_sha256": document["template_sha256"],
            "resources": len(document["resources"]),
            "parameters": len(document["parameters"]),
            "masked": document["masked"],
        },
    }
