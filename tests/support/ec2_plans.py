"""Requests and plans of EC2 operations, for the tests of planning and claiming."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from schemas.validation import check
from tasks import store
from tasks.ec2 import plan_operation

ACCOUNT = "123456789012"
CONTEXT = SimpleNamespace(
    invoked_function_arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:daytwo-ec2-plan-operation"
)


def execution(name: str = "op-1") -> dict[str, str]:
    """Name an execution of daytwo-ec2-operation."""
    return {
        "id": f"arn:aws:states:us-east-1:{ACCOUNT}:execution:daytwo-ec2-operation:{name}",
        "name": name,
        "started_at": "2026-01-05T10:00:00Z",
    }


def request(action: str = "stop", **fields: Any) -> dict[str, Any]:
    """Ask for an operation; what is not given is the schema's default."""
    asked = {
        "action": action,
        "targets": {"tags": {"Environment": ["dev"]}},
        "requested_by": "alice",
        **fields,
    }
    return check(asked, "workflows/ec2_operation")


def shop(**instances: Any) -> dict[str, Any]:
    """Describe a system with instances in prod, tagged System=shop, and their rules."""
    described = {
        "name": "shop",
        "roles": {"sre": ["arn:aws:iam::123456789012:user/bob"]},
        "environments": [
            {
                "name": "prod",
                "stack": "shop-prod",
                "instances": {"tags": {"System": ["shop"]}, **instances},
            }
        ],
    }
    return check(described, "system")


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def put(dynamodb, state_table):
    """Put an item into the state table: put(store.system("shop"), manifest="...")."""

    def write(key, **values):
        dynamodb.put_item(TableName=state_table, Item=store.to_item({**key, **values}))

    return write


class Planned:
    """A plan, with the lists that it wrote."""

    def __init__(self, plan, bucket, s3):
        self.plan, self._bucket, self._s3 = plan, bucket, s3

    def __getitem__(self, field):
        return self.plan[field]

    def _read(self, key):
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()

    @property
    def lines(self):
        """Give each matched instance's line by its id."""
        entries = map(json.loads, self._read(self.plan["plan_key"]).splitlines())
        return {entry["instance_id"]: entry for entry in entries}

    @property
    def batches(self):
        return json.loads(self._read(self.plan["batches_key"]))

    def acted(self):
        return [one["instance_id"] for batch in self.batches for one in batch["instances"]]


@pytest.fixture
def plan(ec2, state_table, evidence_bucket, s3):
    """Plan an operation: plan("stop", targets=..., options=...)."""

    def make(action="stop", operation="op-1", **fields):
        asked = {"request": request(action, **fields), "execution": execution(operation)}
        return Planned(plan_operation.handler(asked, CONTEXT), evidence_bucket, s3)

    return make
