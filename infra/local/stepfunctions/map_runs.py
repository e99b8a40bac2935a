"""Map Runs: the children of a distributed Map, and how many of them ended how."""

import json
import threading
import uuid
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record import (  # noqa: E501
    MapRunRecord,
)

from infra.local.stepfunctions.executions import STOP_SECONDS, LocalExecution, every_execution

# Beyond these a Map's children wait their turn; AWS runs up to 10,000 at once.
MOST_AT_ONCE = 1_000
STATUSES = {
    "aborted": "ABORTED",
    "failed": "FAILED",
    "running": "RUNNING",
    "succeeded": "SUCCEEDED",
    "timedOut": "TIMED_OUT",
}
UNSUCCESSFUL = ("ABORTED", "FAILED", "TIMED_OUT")


class Child(LocalExecution):
    """A child execution of a distributed Map: its own ARN, history and context."""

    def __init__(self, run: "MapRun", program: Any, env: Any, document: Any, items: int) -> None:
        name = str(uuid.uuid4())
        details = env.aws_execution_details
        arn = f"{run.map_state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        logging = env.cloud_watch_logging_session
        super().__init__(
            name=name,
            sm_type="STANDARD",
            role_arn=details.role_arn,
            exec_arn=arn,
            account_id=details.account,
            region_name=details.region,
            state_machine=SimpleNamespace(
                arn=run.map_state_machine_arn,
                name=run.map_state_machine_arn.split(":")[-1],
                sm_type="STANDARD",
                definition="",
            ),
            start_date=datetime.now(UTC),
            cloud_watch_logging_session=type(logging)(arn, logging.configuration)
            if logging
            else None,
            input_data=json.dumps(document),
            activity_store={},
        )
        self.program = program
        self.map_run = run
        self.items = items

    def changed(self) -> None:
        """Count this child's end with its Map Run: a child sends no status change events."""
        self.map_run.child_ended(self)


class MapRun(MapRunRecord):
    """A run of a distributed Map; `update_event` rings when something about it changed."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.children: list[Child] = []
        self._guard = threading.Lock()
        self._executions: Counter[str] = Counter()
        self._items: Counter[str] = Counter()
        self._totals = (0, 0)
        self.results_written = False

    def expect(self, executions: int, items: int) -> None:
        """Say how many children there will be, and how many items they share."""
        self._totals = (executions, items)

    def start_child(self, program: Any, env: Any, document: Any, items: int) -> None:
        """Start the next child, with its input and the number of items in it."""
        child = Child(self, program, env, document, items)
        with self._guard:
            self.children.append(child)
            self._executions["RUNNING"] += 1
            self._items["RUNNING"] += items
        child.start()

    def child_ended(self, child: Child) -> None:
        """Count a child under the status that it ended with."""
        with self._guard:
            for tally, number in ((self._executions, 1), (self._items, child.items)):
                tally["RUNNING"] -= number
                tally[child.status] += number
        self.update_event.set()

    def may_start(self) -> bool:
        """Tell whether one more child may run beside those that do."""
        asked = self.max_concurrency or MOST_AT_ONCE
        return self._executions["RUNNING"] < min(asked, MOST_AT_ONCE)

    @property
    def is_running(self) -> bool:
        """Tell whether a child still runs."""
        return self._executions["RUNNING"] > 0

    @property
    def exceeded(self) -> bool:
        """Tell whether more items failed than are tolerated, in number or as a percentage.

        Developer Guide, "Setting failure thresholds for Distributed Map states": without
        either, one failure is too many.
        """
        with self._guard:
            failed = sum(self._items[status] for status in UNSUCCESSFUL)
        count, percentage = self.tolerated_failure_count, self.tolerated_failure_percentage
        if not count and not percentage:
            return failed > 0
        share = 100 * failed / max(1, self._totals[1])
        return bool((count and failed > count) or (percentage and share > percentage))

    def stop_children(self, cause: str) -> None:
        """Stop the children that run, and wait until they have ended."""
        left = [child for child in self.children if not child.ended.is_set()]
        for child in left:
            child.tell_to_stop(None, cause)
        for child in left:
            child.ended.wait(STOP_SECONDS)

    def describe(self) -> Any:
        """Answer DescribeMapRun, with counts that always add up to the totals."""
        with self._guard:
            tallies = {"executionCounts": self._executions, "itemCounts": self._items}
            counts = {
                field: _counts(tally, total, self.results_written)
                for (field, tally), total in zip(tallies.items(), self._totals, strict=True)
            }
        return {**super().describe(), **counts}


def find_map_run(arn: str) -> MapRun | None:
    """Find a Map Run by its ARN; None where no such run is known."""
    for execution in every_execution():
        worker: Any = execution.exec_worker
        run = worker.env.map_run_record_pool_manager.get(arn) if worker else None
        if run is not None:
            return run
    return None


def _counts(tally: Counter[str], total: int, written: bool) -> dict[str, int]:
    counts = {name: tally[status] for name, status in STATUSES.items()}
    pending = total - sum(counts.values())
    return {
        **counts,
        "pending": pending,
        "total": total,
        "resultsWritten": total - pending if written else 0,
        "failuresNotRedrivable": 0,
        "pendingRedrive": 0,
    }
