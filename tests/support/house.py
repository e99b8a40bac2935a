"""EC2 operations with their real tasks on the real interpreter, all in the test's process.

EC2 and its neighbours are the embedded account's, with weather; functions are called as
they are, without a process or a role of their own; time is an `EventClock`'s.
"""

import collections
import contextlib
import importlib
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from event_clock import EventClock
from interpreter import Result, run
from weather import weathered

from infra.local import dynamodb, elbv2, ssm
from tasks import runtime, store
from workflows import ec2_operation

TASKS = Path(__file__).parents[2] / "tasks"
BUCKET = "daytwo-evidence"
TABLES = {
    "STATE_TABLE": ("daytwo-state", "pk", "sk"),
    "AUDIT_TABLE": ("daytwo-audit", "id", "timestamp"),
}
TOPIC = "arn:aws:sns:us-east-1:123456789012:daytwo"
ALICE = "arn:aws:iam::123456789012:user/alice"
# How Step Functions names the end of a function's process.
Killed = type("Lambda.Unknown", (Exception,), {})

# What services answer to too many calls.
THROTTLING = {"ec2": "RequestLimitExceeded", "s3": "SlowDown", "elbv2": "Throttling"}

Task = Callable[[Any], Any]


class Context:
    """What Lambda tells a function of itself."""

    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:daytwo"


class House:
    """The state, the instances and the tasks of one account."""

    families: tuple[str, ...] = ("ec2", "common", "approval", "promotion")

    def __init__(self, account: Any, clock: EventClock) -> None:
        self.account = account
        self.clock = clock
        self.weather = account.weather["ec2"]
        self.ec2 = boto3.client("ec2")
        self.dynamodb = boto3.client("dynamodb")
        self.s3 = boto3.client("s3")
        self.api_calls: collections.Counter[str] = collections.Counter()
        # How often each call is still refused, by service and operation as in `api_calls`.
        self.throttled: collections.Counter[str] = collections.Counter()
        self._names = (f"operation-{number}" for number in itertools.count(1))

    def operate(
        self, action: str, targets: dict[str, Any], *, timeout: float = 60, **request: Any
    ) -> Result:
        """Run daytwo-ec2-operation to its end; `tasks` replaces or wraps some of them by name."""
        replaced = request.pop("tasks", {})
        name = request.pop("name", None) or next(self._names)
        document = {"action": action, "targets": targets, "requested_by": ALICE, **request}
        key = f"operations/{name}/batches.json"
        return run(
            ec2_operation.definition(),
            document,
            {**self.tasks(), **replaced},
            objects={f"EvidenceBucket/{key}": lambda: json.loads(self.object(key))},
            name=name,
            timeout=timeout,
            clock=self.clock,
        )

    def claim(self, name: str, action: str, targets: dict[str, Any]) -> None:
        """Plan an operation and claim its instances, as one that is still under way has."""
        tasks = self.tasks()
        execution = {
            "id": f"arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-operation:{name}",
            "name": name,
            "started_at": "2026-01-01T00:00:00Z",
        }
        valid = tasks["common_validate_request"](
            {
                "workflow": "ec2_operation",
                "document": {"action": action, "targets": targets, "requested_by": ALICE},
                "execution": execution,
            }
        )
        asked = {"request": valid["request"], "execution": execution}
        plan = tasks["ec2_plan_operation"](asked)
        tasks["ec2_claim_instances"]({**asked, "plan": plan})

    def tasks(self) -> dict[str, Task]:
        """Give every task an operation can call, as its function runs it."""
        paths = itertools.chain(TASKS.glob("ec2/[a-z]*.py"), TASKS.glob("*/[a-z]*.py"))
        return {
            f"{path.parent.name}_{path.stem}": self._task(f"tasks.{path.parent.name}.{path.stem}")
            for path in paths
            if path.parent.name in self.families
        }

    def killed(self, task: str, times: int = 1, family: str = "ec2") -> dict[str, Task]:
        """Make a task's function die after it has done its work, so often."""
        left, real = [times], self._task(f"tasks.{family}.{task}")

        def dying(document: Any) -> Any:
            answer = real(document)
            if left[0]:
                left[0] -= 1
                raise Killed("the process was killed")
            return answer

        return {f"{family}_{task}": dying}

    def object(self, key: str) -> bytes:
        """Read an object of the evidence bucket."""
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def audit(self, instance_id: str) -> list[dict[str, Any]]:
        """Read what the audit trail has of an instance, the oldest first."""
        reply = self.dynamodb.query(
            TableName=TABLES["AUDIT_TABLE"][0],
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": instance_id}},
        )
        return [store.from_item(item) for item in reply["Items"]]

    def report(self, operation: str) -> dict[str, Any]:
        """Read an operation's report."""
        report: dict[str, Any] = json.loads(self.object(f"operations/{operation}/report.json"))
        return report

    def _task(self, module: str) -> Task:
        def call(document: Any) -> Any:
            handler = importlib.import_module(module).handler
            with self.clock.working():
                return json.loads(json.dumps(handler(document, Context())))

        return call


@contextlib.contextmanager
def house(*parts: Any, kind: type[Any] = House) -> Iterator[Any]:
    """Give an account with daytwo's tables and bucket, and no instance yet."""
    settings = {
        **{name: table for name, (table, _, _) in TABLES.items()},
        "EVIDENCE_BUCKET": BUCKET,
        "NOTIFICATION_TOPIC": TOPIC,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }
    clock = EventClock()
    with (
        mock.patch.dict(os.environ, settings),
        weathered(dynamodb, elbv2, ssm, *parts, clock=clock) as account,
        _fresh_clients(),
    ):
        made = kind(account, clock)
        _make_stores(made)
        with _counted(made):
            yield made
    clock.stop()


@contextlib.contextmanager
def _fresh_clients() -> Iterator[None]:
    for cached in (runtime._client, runtime._session):
        cached.cache_clear()
    yield
    for cached in (runtime._client, runtime._session):
        cached.cache_clear()


@contextlib.contextmanager
def _counted(made: House) -> Iterator[None]:
    """Count each API call by service and operation, and refuse those that are to be throttled."""
    plain = BaseClient._make_api_call
    guard = threading.Lock()

    def call(client: Any, operation: str, parameters: Any) -> Any:
        service = client.meta.service_model.service_name
        name = f"{service}:{operation}"
        with guard:
            made.api_calls[name] += 1
            refused = made.throttled[name] > 0
            made.throttled[name] -= refused
        if refused:
            code = THROTTLING.get(service, "ThrottlingException")
            told = {"Error": {"Code": code, "Message": "Rate exceeded"}}
            raise ClientError(told, operation)
        return plain(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield


def _make_stores(made: House) -> None:
    for table, partition, sort in TABLES.values():
        made.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": partition, "KeyType": "HASH"},
                {"AttributeName": sort, "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in (partition, sort)
            ],
        )
    made.s3.create_bucket(Bucket=BUCKET)
    boto3.client("sns").create_topic(Name="daytwo")
