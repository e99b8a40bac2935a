"""The patch commands of an operation, found again by their comment."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from tasks.errors import TaskError
from tasks.runtime import raising

ERRORS: dict[str, type[TaskError]] = {}
DOCUMENT = "AWS-RunPatchBaseline"
# Owned by AWS: some policies' examples leave the account out, others do not.
DOCUMENT_ARN = f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:*:document/{DOCUMENT}"
# AWS Systems Manager API Reference, "SendCommand", "ListCommandInvocations",
# "DescribeInstancePatchStates".
IDS_PER_CALL = 50
PAGE = 50
LONGEST_COMMENT = 100

Values = Mapping[str, Any]


def comment(operation: Values) -> str:
    """Give the comment by which an operation's commands are known; SendCommand has no token."""
    name = f"daytwo {operation['id']}"
    if len(name) <= LONGEST_COMMENT:
        return name
    return f"daytwo {hashlib.sha256(operation['id'].encode()).hexdigest()}"


def sent(operation: Values, ids: Iterable[str], ssm: Any) -> dict[str, dict[str, Any]]:
    """Give the operation's newest command to each of these instances; only who has one."""
    wanted, found = set(ids), {}
    started = f"{operation['execution']['started_at'][:19]}Z"
    with raising(ERRORS, f"commands of {operation['id']}"):
        pages = ssm.get_paginator("list_commands").paginate(
            Filters=[
                {"key": "DocumentName", "value": DOCUMENT},
                {"key": "InvokedAfter", "value": started},
            ],
            PaginationConfig={"PageSize": PAGE},
        )
        commands = [command for page in pages for command in page["Commands"]]
    for command in sorted(commands, key=lambda one: one["RequestedDateTime"]):
        if command.get("Comment") == comment(operation):
            found.update(dict.fromkeys(wanted.intersection(command["InstanceIds"]), command))
    return found


def pieces(ids: Iterable[str]) -> list[list[str]]:
    """Cut ids into as many as a call takes."""
    everybody = list(ids)
    return [
        everybody[start : start + IDS_PER_CALL] for start in range(0, len(everybody), IDS_PER_CALL)
    ]


def installs(operation: Values) -> bool:
    """Tell whether the operation changes instances, instead of only looking at them."""
    return bool(operation["options"]["patch_operation"] == "Install")
