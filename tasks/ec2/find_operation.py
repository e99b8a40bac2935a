"""Find the EC2 operation of an execution that is over without a report, and its open batches."""

import json
from collections.abc import Callable, Collection, Mapping
from itertools import count
from typing import Any

from tasks import requests, store
from tasks.errors import TaskError, Unavailable
from tasks.fleets import operations
from tasks.fleets.listings import lines, put_array
from tasks.janitor.find_claim import failure
from tasks.runtime import client, raising, setting, task

PERMISSIONS = {
    "dynamodb:GetItem": "${StateTable.Arn}",
    **operations.PERMISSIONS,
    "s3:GetObject": "${EvidenceBucket.Arn}/operations/*",
    "s3:ListBucket": "${EvidenceBucket.Arn}",
    "s3:PutObject": "${EvidenceBucket.Arn}/operations/*",
    "states:DescribeExecution": (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:daytwo-*:*"
    ),
}
ERRORS: dict[str, type[TaskError]] = {}
TIMEOUT = 120

Batch = dict[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    document, _ = requests.opened(request["document"])
    return find(
        requests.checked(document, "ec2_janitor")["execution"],
        table=setting("STATE_TABLE"),
        bucket=setting("EVIDENCE_BUCKET"),
        dynamodb=client("dynamodb"),
        s3=client("s3"),
        stepfunctions=client("stepfunctions"),
    )


def find(
    execution: str, table: str, bucket: str, dynamodb: Any, s3: Any, stepfunctions: Any
) -> dict[str, Any]:
    """Give the rooms of the execution's document, and the batches without a record.

    An execution that claimed nothing has acted on nothing, and one whose operation has its end
    recorded needs no janitor: neither is found. Raises Unavailable while the execution still
    runs: AWS may say so for a moment after its end (Step Functions API Reference,
    "DescribeExecution").
    """
    record = operations.record(execution.rsplit(":", 1)[1], table, dynamodb)
    if record.get("execution") != execution or record["status"] != operations.ACTING:
        return {"found": False}
    with raising(ERRORS, execution):
        described = stepfunctions.describe_execution(executionArn=execution)
    if described["status"] == "RUNNING":
        raise Unavailable(f"{execution} still runs: stop it before its work is settled.")
    partition = store.batch(record["sk"], 0)["pk"]
    done = {one["number"] for one in operations.partition(partition, table, dynamodb, ("number",))}
    plan = json.loads(record["plan"])
    begun = may_have_begun(plan, done)

    def written(name: str, wanted: bool) -> tuple[str, int]:
        key = f"operations/{record['sk']}/{name}.json"
        batches = (
            {**batch, "wait_seconds": 0, "after_others": False}
            for batch in lines(plan["batches_key"], bucket, s3)
            if batch["number"] not in done and begun(batch) is wanted
        )
        return key, put_array(batches, key, bucket, s3)

    interrupted_key, interrupted = written("interrupted", True)
    untouched_key, untouched = written("untouched", False)
    return {
        "found": True,
        "request": json.loads(record["request"]),
        "execution": {
            "id": execution,
            "name": record["sk"],
            "started_at": record["started_at"],
        },
        "plan": plan,
        "interrupted_key": interrupted_key,
        "interrupted": interrupted,
        "untouched_key": untouched_key,
        "untouched": untouched,
        "failure": failure(described),
    }


def may_have_begun(plan: Mapping[str, Any], done: Collection[int]) -> Callable[[Batch], bool]:
    """Give what tells of a batch without a record whether it may have begun.

    Of batches that go one by one only the first may, of those side by side each.
    """
    if plan["at_once"] != 1:
        return lambda batch: True
    first = next(number for number in count(1) if number not in done)
    return lambda batch: bool(batch["number"] == first)
