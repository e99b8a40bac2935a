"""What the batches that are at work are doing: the states their own executions are in."""

import json
import time
from typing import Any

from workflows.cli.session import Session

# A look takes a call for the list and one for each batch at work, and one to get to know it.
LOOK_SECONDS = 3.0
MOST_NEW, MOST_LOOKED_AT = 10, 12
EVENTS = 10


class Children:
    """The running executions of a distributed Map, by the numbers of their batches."""

    def __init__(self, execution: str, session: Session) -> None:
        self.states: dict[int, str] = {}
        self._execution = execution
        self._stepfunctions = session.client("stepfunctions")
        self._map_run = ""
        self._numbers: dict[str, int] = {}
        self._looked_at = -LOOK_SECONDS

    def look(self) -> None:
        """Read which state each of the first batches at work is in, not more often than useful."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS or not self._started():
            return
        self._looked_at = time.monotonic()
        reply = self._stepfunctions.list_executions(
            mapRunArn=self._map_run, statusFilter="RUNNING", maxResults=100
        )
        running = [child["executionArn"] for child in reply["executions"]]
        for child in [name for name in running if name not in self._numbers][:MOST_NEW]:
            self._numbers[child] = self._number(child)
        known = sorted((self._numbers[child], child) for child in running if child in self._numbers)
        for number, child in known[:MOST_LOOKED_AT]:
            self.states[number] = self._state(child) or self.states.get(number, "")

    def _started(self) -> bool:
        if not self._map_run:
            runs = self._stepfunctions.list_map_runs(executionArn=self._execution)["mapRuns"]
            # A state that is tried again runs its Map anew.
            self._map_run = max(runs, key=lambda run: run["startDate"])["mapRunArn"] if runs else ""
        return bool(self._map_run)

    def _number(self, child: str) -> int:
        document = json.loads(self._stepfunctions.describe_execution(executionArn=child)["input"])
        number: int = document["batch"]["number"]
        return number

    def _state(self, child: str) -> str:
        reply: dict[str, Any] = self._stepfunctions.get_execution_history(
            executionArn=child, reverseOrder=True, maxResults=EVENTS
        )
        return next(
            (
                event["stateEnteredEventDetails"]["name"]
                for event in reply["events"]
                if "stateEnteredEventDetails" in event
            ),
            "",
        )
