"""Find the lock that a dead execution left behind, and what is to be undone there."""

import json
from typing import Any

from tasks import requests, store
from tasks.errors import TaskError, Unavailable
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    "dynamodb:Scan": "${StateTable.Arn}",
    "states:DescribeExecution": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:daytwo-*:*"
    ),
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 60

ENDINGS = {
    "ABORTED": ("Aborted", "The execution was aborted"),
    "TIMED_OUT": ("TimedOut", "The execution ran out of time"),
    "FAILED": ("Failed", "The execution failed and needed a person"),
}


@task
def handler(request: Any, context: Any) -> Any:
    document, _ = requests.opened(request["document"])
    return find(
        requests.checked(document, "janitor")["execution"],
        table=setting("STATE_TABLE"),
        dynamodb=client("dynamodb"),
        stepfunctions=client("stepfunctions"),
    )


def find(execution: str, table: str, dynamodb: Any, stepfunctions: Any) -> dict[str, Any]:
    """Give the document that the execution would have failed with, as far as it had come.

    What it captured is there only if it had begun to deploy. Raises Unavailable while the
    execution still runs: AWS may say so for a moment after its end (Step Functions API
    Reference, "DescribeExecution").
    """
    lock = held_by(execution, table, dynamodb)
    if not lock:
        return {"found": False}
    with raising(ERRORS, execution):
        described = stepfunctions.describe_execution(executionArn=execution)
    if described["status"] == "RUNNING":
        raise Unavailable(f"{execution} still runs: stop it before its work is undone.")
    return {
        "found": True,
        **rooms(lock, described),
        "lock": {"fence": lock["fence"], "lease_expires": lock["lease_expires"]},
        "failure": failure(described),
    }


def held_by(execution: str, table: str, dynamodb: Any) -> dict[str, Any]:
    """Give the lock that the execution holds, or nothing.

    The table is scanned: it is small, executions are seldom aborted, and an index would be
    written to by every other change of the table.
    """
    call = {
        "TableName": table,
        "ConsistentRead": True,
        "FilterExpression": "begins_with(pk, :locks) AND #owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": store.to_item({":locks": "LOCK#", ":owner": execution}),
    }
    with raising(ERRORS, f"lock of {execution}"):
        for page in dynamodb.get_paginator("scan").paginate(**call):
            for item in page["Items"]:
                return store.from_item(item)
    return {}


def rooms(lock: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    """Give what the execution had in its document: its claim, or only its request without one."""
    if "claim" in lock:
        return json.loads(lock["claim"])
    document, _ = requests.opened(json.loads(described["input"]))
    return {
        "request": requests.checked(document, "promotion"),
        "execution": {
            "id": described["executionArn"],
            "name": described["name"],
            "started_at": described["startDate"].isoformat(),
        },
    }


def failure(described: dict[str, Any]) -> dict[str, str]:
    """Say how the execution ended, in the form of a caught error."""
    error, words = ENDINGS[described["status"]]
    reason = described.get("cause", "")
    return {"Error": error, "Cause": f"{words}: {reason}" if reason else f"{words}."}
