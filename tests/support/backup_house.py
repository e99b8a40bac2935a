"""Backups with their real tasks on the real interpreter, all in the test's process."""

import contextlib
import importlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
from house import ALICE, TABLES, Context, House, Task, house
from interpreter import Result, run

from infra.local import rds
from tasks.backups import records
from workflows import backup, systems
from workflows.state import StateTable

STACK = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-prod-q"}}}
}


class Patient(Context):
    """A function with time left."""

    def get_remaining_time_in_millis(self) -> int:
        """Say how much."""
        return 600_000


class BackupHouse(House):
    """The house of EC2 operations, with what backups need."""

    families = (*House.families, "backup", "integrity")

    def register(self, manifest: dict[str, Any]) -> None:
        """Register a system's manifest."""
        systems.put(manifest, ALICE, StateTable(TABLES["STATE_TABLE"][0], self.dynamodb))

    def back_up(self, *, kind: str = "backups", timeout: float = 60, **request: Any) -> Result:
        """Run daytwo-backup of the shop's production; `tasks` replaces some tasks by name."""
        tasks = {**self.tasks(), **request.pop("tasks", {})}
        asked = {"system": "shop", "environment": "prod", "kind": kind, "requested_by": ALICE}
        objects: dict[str, Any] = {}

        def plan(document: Any, real: Task = tasks["backup_plan_backup"]) -> Any:
            made = real(document)
            listed = json.loads(self.object(made["components_key"]))
            objects[f"EvidenceBucket/{made['components_key']}"] = listed
            return made

        # An interpreter without any object at all takes nothing for one.
        objects["EvidenceBucket/nothing"] = []
        return run(
            backup.definition(),
            {**asked, **request},
            {**tasks, "backup_plan_backup": plan},
            objects=objects,
            name=next(self._names),
            timeout=timeout,
            clock=self.clock,
        )

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Read the records of all backups, by component, the newest first."""
        place = {"table": TABLES["STATE_TABLE"][0], "dynamodb": self.dynamodb}
        return records.by_component(records.read("shop", "prod", **place))

    def _task(self, module: str) -> Task:
        def call(document: Any) -> Any:
            handler = importlib.import_module(module).handler
            with self.clock.working():
                return json.loads(json.dumps(handler(document, Patient())))

        return call


@contextlib.contextmanager
def backup_house(*parts: Any) -> Iterator[BackupHouse]:
    """Give an account with daytwo's tables and bucket, and databases."""
    with house(rds, *parts, kind=BackupHouse) as made:
        yield made


def make_table(name: str, items: int) -> None:
    """Make a table with point-in-time recovery, and items that say when they were changed."""
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    for number in range(items):
        item = {"id": {"S": str(number)}, "changed": {"S": "2026-01-01T00:00:00Z"}}
        dynamodb.put_item(TableName=name, Item=item)


def make_database(name: str) -> None:
    """Make a database that keeps backups."""
    boto3.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        MasterUsername="administrator",
        MasterUserPassword="made-for-the-test",
        AllocatedStorage=20,
        BackupRetentionPeriod=7,
    )


def make_volume(name: str) -> str:
    """Make a volume that bears a name, and give its id."""
    made = boto3.client("ec2").create_volume(
        AvailabilityZone="us-east-1a",
        Size=8,
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": name}]}],
    )
    return str(made["VolumeId"])


def make_stack(name: str) -> None:
    """Make a stack of one queue."""
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(STACK))
