"""A system's place for a drill: it is in one at a time."""

from collections.abc import Mapping
from typing import Any

from tasks import store
from tasks.drills import records
from tasks.errors import DrillRunning
from tasks.runtime import raising

# What asking takes.
PERMISSIONS = {
    **records.PERMISSIONS,
    "states:DescribeExecution": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:daytwo-*:*"
    ),
}

Holder = Mapping[str, Any]


def holder(system: str, table: str, dynamodb: Any) -> dict[str, Any]:
    """Give the drill that has a system's place, or nothing."""
    return records.read(store.active_drill(system), table, dynamodb)


def refuse_taken(holder: Holder, table: str, dynamodb: Any, stepfunctions: Any) -> None:
    """Raise DrillRunning while the holder's execution runs, or has left something behind."""
    if is_running(holder["execution"], stepfunctions):
        raise DrillRunning(told(holder))
    left = records.open_rows(holder["drill"], table, dynamodb)
    if left:
        named = ", ".join(records.named(row) for row in left[:3])
        raise DrillRunning(
            f"The drill {holder['drill']} is over and has left {len(left)} behind: {named}. The "
            "janitor removes it within the hour; start it now with: daytwo drill clean "
            f"{holder['drill']}"
        )


def told(holder: Holder) -> str:
    """Say which drill has the place, and since when."""
    return (
        f"The system is in the drill {holder['drill']} since {holder['since']}. Wait until it has "
        f"ended, or stop it with: daytwo drill stop {holder['drill']}"
    )


def is_running(execution: str, stepfunctions: Any) -> bool:
    """Ask Step Functions; what it has forgotten, after 90 days, does not run."""
    with raising({}, execution):
        try:
            described = stepfunctions.describe_execution(executionArn=execution)
        except stepfunctions.exceptions.ExecutionDoesNotExist:
            return False
    return bool(described["status"] in ("RUNNING", "PENDING_REDRIVE"))
