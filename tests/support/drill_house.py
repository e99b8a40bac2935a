"""Restore drills with their real tasks on the real interpreter, all in the test's process."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
from house import ALICE, BUCKET, TABLES, House, Task, house
from interpreter import Result, run

from infra.local import autoscaling, rds, route53
from infra.local.iam import sessions as role_sessions
from tasks import store
from tasks.drills import ledger
from workflows import restore_drill, systems
from workflows.state import StateTable

TASK_SECONDS = 1.0
BUCKET_OF = {"EvidenceBucket": BUCKET}


class Objects(dict[str, Any]):
    """What an ItemReader finds in the account's own buckets."""

    def __bool__(self) -> bool:
        return True

    def __contains__(self, place: object) -> bool:
        try:
            self[str(place)]
        except KeyError:
            return False
        return True

    def __getitem__(self, place: str) -> Any:
        bucket, _, key = place.partition("/")
        s3 = boto3.client("s3")
        try:
            found = s3.get_object(Bucket=BUCKET_OF.get(bucket, bucket), Key=key)
        except s3.exceptions.NoSuchKey:
            raise KeyError(place) from None
        return json.loads(found["Body"].read())


class DrillHouse(House):
    """The house of EC2 operations, with what drills need; each task takes a second."""

    families = (
        *House.families,
        "backup",
        "drill",
        "restore",
        "integrity",
        "scenario",
        "simulation",
    )

    def register(self, manifest: dict[str, Any]) -> None:
        """Register a system's manifest."""
        table = StateTable(TABLES["STATE_TABLE"][0], self.dynamodb)
        systems.put(manifest, ALICE, table)

    def drill(self, system: str, scenario: str, *, timeout: float = 120, **request: Any) -> Result:
        """Run daytwo-restore-drill to its end; `tasks` replaces or wraps some of them by name."""
        replaced = request.pop("tasks", {})
        services = request.pop("services", {})
        name = request.pop("name", None) or f"drill-{next(self._names)}"
        document = {"system": system, "scenario": scenario, "requested_by": ALICE, **request}
        return run(
            restore_drill.definition(),
            document,
            {**self.tasks(), **replaced},
            services=services,
            objects=Objects(),
            name=name,
            timeout=timeout,
            clock=self.clock,
        )

    def evidence(self, drill: str) -> dict[str, Any]:
        """Read a drill's evidence."""
        found: dict[str, Any] = json.loads(self.object(f"drills/{drill}/evidence.json"))
        return found

    def record(self, drill: str) -> dict[str, Any]:
        """Read a drill's record."""
        reply = self.dynamodb.get_item(
            TableName=TABLES["STATE_TABLE"][0], Key=store.to_item(store.drill(drill))
        )
        return store.from_item(reply["Item"])

    def ledger(self, drill: str) -> list[dict[str, Any]]:
        """List what a drill made or changed."""
        return ledger.rows(drill, table=TABLES["STATE_TABLE"][0], dynamodb=self.dynamodb)

    def _task(self, module: str) -> Task:
        plain = super()._task(module)

        def call(document: Any) -> Any:
            answer = plain(document)
            self.clock.advance(TASK_SECONDS)
            return answer

        return call


@contextlib.contextmanager
def drill_house(*parts: Any) -> Iterator[DrillHouse]:
    """Give an account with daytwo's tables and bucket, databases, groups, roles and DNS."""
    with house(autoscaling, role_sessions, rds, route53, *parts, kind=DrillHouse) as made:
        yield made
