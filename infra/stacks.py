"""Deploy a stack by a change set: show what changes, do it, and say why it failed if it did.

CloudFormation User Guide, "Update CloudFormation stacks using change sets".
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

CAPABILITIES = ["CAPABILITY_NAMED_IAM"]
# What a change set that changes nothing fails with; AWS words it in two ways.
WITHOUT_CHANGES = ("didn't contain changes", "No updates are to be performed")
# How to go on with a stack that cannot be updated, by the status it is in.
STUCK = {
    "ROLLBACK_COMPLETE": "its creation failed; delete it and deploy again: {delete}",
    "ROLLBACK_FAILED": "its creation failed, and so did undoing that; look at its events, then "
    "delete it: {delete}",
    "DELETE_FAILED": "a resource of it could not be deleted; look at its events, then delete it "
    "again: {delete}",
    "UPDATE_ROLLBACK_FAILED": "undoing its last update failed; mend what its events name, then: "
    "aws cloudformation continue-update-rollback --stack-name {stack}",
}
MORE_TO_COME = "Resource creation cancelled"


class Session(Protocol):
    """Whatever makes clients: a boto3 session, or the embedded account."""

    def client(self, service: str) -> Any:
        """Give a client of a service."""


class DeploymentFailed(Exception):
    """The stack is not what the template says; the message has the stack's own reason."""


class NotConfirmed(Exception):
    """Somebody looked at the changes and said no; nothing was changed."""


@dataclass(frozen=True)
class Change:
    """One line of a change set; `replacement` is True, False, Conditional or empty."""

    action: str
    logical_id: str
    type: str
    replacement: str


@dataclass(frozen=True)
class Deployed:
    """How a deployment ended: `created`, `updated` or `unchanged`, and the stack's outputs."""

    stack: str
    outcome: str
    changes: list[Change]
    outputs: dict[str, str]


@dataclass(frozen=True)
class Manner:
    """How to deploy: what is told to whom, who is asked, and how often AWS is asked (seconds)."""

    tell: Callable[[str], Any] = field(default=lambda line: sys.stdout.write(line + "\n"))
    confirm: Callable[[], bool] = field(default=lambda: True)
    poll_seconds: float = 2.0


def deploy(
    stack: str,
    template: str,
    parameters: Mapping[str, str],
    session: Session,
    manner: Manner | None = None,
    role_arn: str = "",
) -> Deployed:
    """Bring a stack to a template, given as text or as the URL of an object in S3.

    Raises DeploymentFailed with the stack's reason, NotConfirmed if `manner.confirm` says no.
    """
    manner = manner or Manner()
    aws = session.client("cloudformation")
    kind = _kind(aws, stack)
    name = f"deploy-{time.time_ns()}"
    source = "TemplateURL" if template.startswith("https://") else "TemplateBody"
    change_set = aws.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=kind,
        Capabilities=CAPABILITIES,
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        **{source: template},
        **({"RoleARN": role_arn} if role_arn else {}),
    )["Id"]
    changes = _foreseen(aws, change_set, manner)
    if changes is None:
        aws.delete_change_set(ChangeSetName=change_set)
        return Deployed(stack, "unchanged", [], outputs(aws, stack))
    manner.tell(table(changes))
    if not manner.confirm():
        _withdraw(aws, stack, change_set, kind)
        raise NotConfirmed(f"stack {stack} is left as it was")
    seen = {event["EventId"] for event in _events(aws, stack)}
    aws.execute_change_set(ChangeSetName=change_set)
    _wait(aws, stack, seen, manner)
    return Deployed(stack, f"{kind.lower()}d", changes, outputs(aws, stack))


def _kind(aws: Any, stack: str) -> str:
    """Tell whether the stack is to be created or updated, or why it can be neither."""
    found = describe(aws, stack)
    status = found.get("StackStatus", "REVIEW_IN_PROGRESS")
    if status == "REVIEW_IN_PROGRESS":
        return "CREATE"
    if status in STUCK:
        delete = f"aws cloudformation delete-stack --stack-name {stack}"
        how = STUCK[status].format(stack=stack, delete=delete)
        raise DeploymentFailed(f"stack {stack} is in {status}: {how}")
    if status.endswith("_IN_PROGRESS"):
        raise DeploymentFailed(
            f"stack {stack} is in {status}: somebody else changes it; wait for the end of that"
        )
    return "UPDATE"


def describe(aws: Any, stack: str) -> dict[str, Any]:
    """Describe a stack; give an empty answer for one that does not exist."""
    try:
        found: dict[str, Any] = aws.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return {}
        raise
    return found


def outputs(aws: Any, stack: str) -> dict[str, str]:
    """Give a stack's outputs by their names."""
    found = describe(aws, stack).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def _foreseen(aws: Any, change_set: str, manner: Manner) -> list[Change] | None:
    """Wait for a change set and list its changes; None means that there are none."""
    while True:
        pages = list(aws.get_paginator("describe_change_set").paginate(ChangeSetName=change_set))
        status, reason = pages[0]["Status"], pages[0].get("StatusReason", "")
        if status == "CREATE_COMPLETE":
            return [_change(item["ResourceChange"]) for page in pages for item in page["Changes"]]
        if status == "FAILED":
            if any(words in reason for words in WITHOUT_CHANGES):
                return None
            raise DeploymentFailed(f"the changes could not be worked out: {reason}")
        time.sleep(manner.poll_seconds)


def _change(change: dict[str, Any]) -> Change:
    return Change(
        change["Action"],
        change["LogicalResourceId"],
        change["ResourceType"],
        change.get("Replacement", ""),
    )


def table(changes: Iterable[Change]) -> str:
    """Write changes in columns; what is replaced stands out."""
    rows = [("Action", "Logical id", "Type", "Replacement")]
    rows += [(item.action, item.logical_id, item.type, item.replacement) for item in changes]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def _withdraw(aws: Any, stack: str, change_set: str, kind: str) -> None:
    aws.delete_change_set(ChangeSetName=change_set)
    if kind == "CREATE":
        aws.delete_stack(StackName=stack)


def _events(aws: Any, stack: str) -> list[dict[str, Any]]:
    """List a stack's events, the oldest first."""
    pages = aws.get_paginator("describe_stack_events").paginate(StackName=stack)
    return [event for page in pages for event in page["StackEvents"]][::-1]


def _wait(aws: Any, stack: str, seen: set[str], manner: Manner) -> None:
    """Tell the stack's events until it is done; raise its first reason if it failed."""
    reasons: list[str] = []
    while True:
        for event in _events(aws, stack):
            if event["EventId"] in seen:
                continue
            seen.add(event["EventId"])
            manner.tell(_line(event))
            if event["ResourceStatus"].endswith("_FAILED"):
                reason = event.get("ResourceStatusReason", "")
                if MORE_TO_COME not in reason:
                    reasons.append(f"{event['LogicalResourceId']}: {reason}")
            if event["PhysicalResourceId"] == event["StackId"] and _is_end(event):
                if event["ResourceStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                    return
                why = reasons[0] if reasons else event.get("ResourceStatusReason", "")
                raise DeploymentFailed(f"stack {stack} is in {event['ResourceStatus']}: {why}")
        time.sleep(manner.poll_seconds)


def _is_end(event: dict[str, Any]) -> bool:
    return not event["ResourceStatus"].endswith("_IN_PROGRESS")


def _line(event: dict[str, Any]) -> str:
    reason = event.get("ResourceStatusReason", "")
    parts = [event["ResourceStatus"], event["LogicalResourceId"], event["ResourceType"], reason]
    return "  ".join(part for part in parts if part)
