"""What the items of a distributed Map that are at work are doing: their executions' states."""

import json
import time
from collections.abc import Callable
from typing import Any

from workflows.cli.session import Session

# A look takes a call for the list and one for each at work, and one to get to know it.
LOOK_SECONDS = 3.0
MOST_NEW, MOST_LOOKED_AT = 10, 12
EVENTS = 10

Key = Callable[[dict[str, Any]], Any]


class Children:
    """The running executions of a distributed Map, by what `key` reads in their inputs."""

    def __init__(self, execution: str, session: Session, key: Key) -> None:
        self.states: dict[Any, str] = {}
        self._key = key
        self._execution = execution
        self._stepfunctions = session.client("stepfunctions")
        self._map_run = ""
        self._keys: dict[str, Any] = {}
        self._looked_at = -LOOK_SECONDS

    def look(self) -> None:
        """Read which state each of the first at work is in, not more often than useful."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS or not self._started():
            return
        self._looked_at = time.monotonic()
        reply = self._stepfunctions.list_executions(
            mapRunArn=self._map_run, statusFilter="RUNNING", maxResults=100
        )
        running = [child["executionArn"] for child in reply["executions"]]
        for child in [name for name in running if name not in self._keys][:MOST_NEW]:
            self._keys[child] = self._key_of(child)
        known = sorted((self._keys[child], child) for child in running if child in self._keys)
        for key, child in known[:MOST_LOOKED_AT]:
            self.states[key] = self._state(child) or self.states.get(key, "")

    def _started(self) -> bool:
        if not self._map_run:
            runs = self._stepfunctions.list_map_runs(executionArn=self._execution)["mapRuns"]
            # A state that is tried again runs its Map anew.
            self._map_run = max(runs, key=lambda run: run["startDate"])["mapRunArn"] if runs else ""
        return bool(self._map_run)

    def _key_of(self, child: str) -> Any:
        described = self._stepfunctions.describe_execution(executionArn=child)
        return self._key(json.loads(described["input"]))

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
