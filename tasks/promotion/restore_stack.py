"""Bring a stack one step nearer to the template and parameters that it had before."""

import hashlib
from typing import Any

from tasks import artifacts, stacks
from tasks.errors import StackFailed
from tasks.promotion import check_change_set, check_stack, execute_change_set
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    "s3:GetObject": "${EvidenceBucket.Arn}/rollback/*",
    "s3:ListBucket": "${EvidenceBucket.Arn}",
    **dict.fromkeys(
        (
            "cloudformation:DescribeStacks",
            "cloudformation:DescribeStackEvents",
            "cloudformation:GetTemplate",
            "cloudformation:CreateChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:DeleteStack",
        ),
        stacks.STACK_ARN,
    ),
    "iam:PassRole": stacks.SERVICE_ROLES,
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = {**artifacts.ERRORS, **execute_change_set.ERRORS}

# What CloudFormation shows instead of a parameter with NoEcho.
MASKED = "****"
EMPTY = (stacks.NEW, "ROLLBACK_COMPLETE")


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return restore(
        request["stack"],
        request["execution"],
        bucket=setting("EVIDENCE_BUCKET"),
        s3=client("s3"),
        cloudformation=client("cloudformation", request["target"]),
    )


def restore(
    captured: dict[str, Any], execution: str, bucket: str, s3: Any, cloudformation: Any
) -> dict[str, Any]:
    """Look how far the way back is, and take the next step; `done` says that there is none left.

    The steps are: wait for an operation that runs; create a change set from the captured
    template; wait for it; execute it. Called again, it goes on from where the stack is. A
    stack that did not exist stays if it was created, with what it holds, and goes if it is
    empty. A parameter with NoEcho keeps its present value.

    Raises StackFailed, ChangeSetFailed, StatefulReplacement, ArtifactChanged.
    """
    name = captured["name"]
    stack = stacks.find(name, cloudformation)
    if not captured["exists"]:
        return remove_empty(name, stack, cloudformation)
    if stack is None or not stacks.exists(stack):
        raise StackFailed(
            f"Stack {name} is gone: somebody deleted it. Its template before this promotion is "
            f"s3://{bucket}/{captured['template_key']}."
        )
    if stack["StackStatus"].endswith("_IN_PROGRESS"):
        return told(False, f"stack {name} is in {stack['StackStatus']}")
    if unchanged(captured, stack, cloudformation):
        return told(True, f"stack {name} has the template and parameters it had before")
    change_set = stacks.change_set_name(execution, "restore")
    found = stacks.find_change_set(change_set, cloudformation, name)
    if found is None:
        prepare(captured, change_set, bucket, s3, cloudformation)
        return told(False, f"change set {change_set} is being worked out")
    return go_on(name, found, cloudformation)


def remove_empty(name: str, stack: dict[str, Any] | None, cloudformation: Any) -> dict[str, Any]:
    """Delete a stack of the promotion's own making that holds nothing: its creation failed.

    CloudFormation creates no stack of that name again while such a one is there.
    """
    if stack is None:
        return told(True, f"there is no stack {name}, as before")
    status = stack["StackStatus"]
    if status in EMPTY:
        with raising(ERRORS, f"stack {name}"):
            cloudformation.delete_stack(StackName=stack["StackId"])
        return told(False, f"stack {name} is empty and is being deleted")
    if status.endswith("_IN_PROGRESS"):
        return told(False, f"stack {name} is in {status}")
    return told(True, f"stack {name} did not exist before; it stays, with what it holds")


def unchanged(captured: dict[str, Any], stack: dict[str, Any], cloudformation: Any) -> bool:
    """Tell whether a stack has the captured template and parameters."""
    body = stacks.original_template(captured["name"], cloudformation)
    same = hashlib.sha256(body.encode()).hexdigest() == captured["template_sha256"]
    return same and stacks.parameters_of(stack) == captured["parameters"]


def prepare(
    captured: dict[str, Any], change_set: str, bucket: str, s3: Any, cloudformation: Any
) -> None:
    """Create the change set back to the captured template."""
    key = captured["template_key"]
    body = artifacts.read(key, captured["template_sha256"], bucket, s3).decode()
    stacks.create_change_set(
        change_set,
        {**captured, "description": "Back to what was captured before the promotion"},
        "UPDATE",
        stacks.template_argument(body, bucket, key, s3),
        [
            {"ParameterKey": name, "UsePreviousValue": True}
            if value == MASKED
            else {"ParameterKey": name, "ParameterValue": value}
            for name, value in sorted(captured["parameters"].items())
        ],
        cloudformation,
    )


def go_on(name: str, change_set: dict[str, Any], cloudformation: Any) -> dict[str, Any]:
    """Execute the change set when it is ready, or say how its execution ended."""
    arn = change_set["ChangeSetId"]
    if change_set["ExecutionStatus"].startswith("EXECUTE_"):
        return told(check_stack.check(name, cloudformation)["done"], f"{arn} was executed")
    state = check_change_set.check(arn, cloudformation)
    if state["ready"] and not state["empty"]:
        execute_change_set.execute(arn, cloudformation)
        return told(False, f"{arn} is being executed")
    return told(
        state["empty"], f"{arn} changes nothing" if state["empty"] else f"{arn} is not ready"
    )


def told(done: bool, status: str) -> dict[str, Any]:
    """Answer how far the way back is."""
    return {"done": done, "status": status}
