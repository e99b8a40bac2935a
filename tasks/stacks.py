"""CloudFormation stacks and change sets, as the tasks that prepare, run and undo them see them."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.errors import ChangeSetFailed, StackBusy, StackFailed, TaskError, Unavailable
from tasks.runtime import raising

# AWS decides by the stack also about calls that name a change set.
STACK_ARN = (
    "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${System}-*"
)
SERVICE_ROLES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${System}-*"
TARGET_ROLES = "arn:${AWS::Partition}:iam::*:role/daytwo-target-${System}-*"

ERRORS: dict[str, type[TaskError]] = {
    "ValidationError": ChangeSetFailed,
    "InsufficientCapabilitiesException": ChangeSetFailed,
    "LimitExceededException": ChangeSetFailed,
    # Both are lost races with another delivery of the same step, which looks again.
    "AlreadyExistsException": Unavailable,
    "InvalidChangeSetStatus": Unavailable,
}
LONGEST_BODY = 51_200  # bytes; CloudFormation User Guide, "Understand CloudFormation quotas"
NEW = "REVIEW_IN_PROGRESS"  # a stack that only has change sets and nothing in it
UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)


def find(name: str, cloudformation: Any) -> dict[str, Any] | None:
    """Describe a stack by its name or ARN; None where there is none."""
    with raising(ERRORS, f"stack {name}"):
        try:
            return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except cloudformation.exceptions.ClientError as error:
            if "does not exist" in str(error):
                return None
            raise


def exists(stack: Mapping[str, Any] | None) -> bool:
    """Tell whether a described stack has anything in it, or ever had."""
    return stack is not None and stack["StackStatus"] not in (NEW, "DELETE_COMPLETE")


def check_updatable(stack: Mapping[str, Any]) -> None:
    """Raise StackBusy or StackFailed unless the stack can take a change set now."""
    name, status = stack["StackName"], stack["StackStatus"]
    if status in UPDATABLE:
        return
    if status.endswith("_IN_PROGRESS"):
        raise StackBusy(
            f"Stack {name} is in {status}: another operation runs on it. Wait until it has "
            "ended, then start again."
        )
    advice = {
        "ROLLBACK_COMPLETE": "it was never created; delete it",
        "UPDATE_ROLLBACK_FAILED": "continue its rollback in CloudFormation",
    }.get(status, "mend or delete it in CloudFormation")
    raise StackFailed(f"Stack {name} is in {status} and takes no update: {advice}, then try again.")


def change_set_name(execution: str, purpose: str = "") -> str:
    """Name an execution's change set, the same each time, in CloudFormation's characters."""
    plain = re.sub(r"[^A-Za-z0-9-]", "-", execution)
    if plain != execution:
        plain += "-" + hashlib.sha256(execution.encode()).hexdigest()[:8]
    return "-".join(part for part in ("daytwo", purpose, plain) if part)


def find_change_set(change_set: str, cloudformation: Any, stack: str = "") -> dict[str, Any] | None:
    """Describe a change set with all its changes; None where there is none (any more).

    `change_set` is its ARN, or its name beside the name of its `stack`.
    """
    request = {"ChangeSetName": change_set, **({"StackName": stack} if stack else {})}
    with raising(ERRORS, f"change set {change_set}"):
        try:
            found = cloudformation.describe_change_set(**request)
            reply, changes = found, list(found.get("Changes", []))
            while reply.get("NextToken"):
                reply = cloudformation.describe_change_set(**request, NextToken=reply["NextToken"])
                changes += reply.get("Changes", [])
        except cloudformation.exceptions.ClientError as error:
            absent = error.response["Error"]["Code"] in (
                "ChangeSetNotFound",
                "ChangeSetNotFoundException",
            )
            if absent or "does not exist" in str(error):
                return None
            raise
    return {**found, "Changes": changes}


def create_change_set(
    name: str,
    stack: Mapping[str, Any],
    kind: str,
    template: Mapping[str, str],
    parameters: list[dict[str, Any]],
    cloudformation: Any,
    tags: Sequence[Mapping[str, str]] = (),
) -> str:
    """Ask for a change set and give its ARN; CloudFormation works it out afterwards.

    `stack` has `name`, `role_arn` and a `description` of the change; `kind` is CREATE or
    UPDATE; `template` is the one argument that `template_argument` gives; without `tags` the
    stack keeps those that it has.
    """
    with raising(ERRORS, f"stack {stack['name']}"):
        reply = cloudformation.create_change_set(
            StackName=stack["name"],
            ChangeSetName=name,
            ChangeSetType=kind,
            Description=stack["description"],
            Parameters=parameters,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **template,
            **({"RoleARN": stack["role_arn"]} if stack["role_arn"] else {}),
            **({"Tags": list(tags)} if tags else {}),
        )
    return reply["Id"]


def template_argument(body: str, bucket: str, key: str, s3: Any) -> dict[str, str]:
    """Hand a template over as it is, or by its address in S3 where it is too long for that."""
    if len(body.encode()) <= LONGEST_BODY:
        return {"TemplateBody": body}
    return {"TemplateURL": f"{s3.meta.endpoint_url}/{bucket}/{key}"}


def original_template(name: str, cloudformation: Any) -> str:
    """Read the template that a stack was last updated with, as text.

    The SDK turns a JSON template into a document; it is written out again, always the same.
    """
    with raising(ERRORS, f"stack {name}"):
        body = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    return body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))


def parameters_of(stack: Mapping[str, Any]) -> dict[str, str]:
    """Give a described stack's parameters; those with NoEcho are masked by CloudFormation."""
    return {
        parameter["ParameterKey"]: parameter.get("ParameterValue", "")
        for parameter in stack.get("Parameters", [])
    }
