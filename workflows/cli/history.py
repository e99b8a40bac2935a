"""An execution's history, followed event by event and told state by state."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

RUNNING, SUCCEEDED, FAILED, ABORTED = "running", "succeeded", "failed", "aborted"
CALLBACK = ".waitForTaskToken"
PAGE = 200


@dataclass
class Entry:
    """One visit of an execution to one of its states.

    `ending` says how it ended, where its outcome does not say it well.
    """

    state: str
    kind: str
    started: datetime
    parent: "Entry | None"
    input: Any
    ended: datetime | None = None
    outcome: str = RUNNING
    detail: str = ""
    attempts: int = 0
    asks: bool = False
    until: datetime | None = None
    failed: bool = field(default=False, repr=False)
    ending: str = ""

    @property
    def depth(self) -> int:
        """How many states it is inside of."""
        return self.parent.depth + 1 if self.parent else 0

    def inside(self, other: "Entry") -> bool:
        """Tell whether it is somewhere inside of another."""
        return self.parent is not None and (self.parent is other or self.parent.inside(other))

    def seconds(self, now: datetime | None = None) -> float:
        """Tell how long it took, or has taken until now."""
        return ((self.ended or now or datetime.now(UTC)) - self.started).total_seconds()

    def end(self, moment: datetime, outcome: str) -> None:
        """Note that it is over."""
        self.ended, self.outcome, self.until = moment, outcome, None


class History:
    """Follows one execution; `entries` are its states in the order they were entered.

    `waits` tells what the definition says of a Wait state, by the state's name; `clock` is
    how many times faster than the wall's the account's clock runs.
    """

    def __init__(
        self, execution: str, stepfunctions: Any, waits: dict[str, Any], clock: float = 1.0
    ) -> None:
        self.execution = execution
        self.entries: list[Entry] = []
        self._stepfunctions = stepfunctions
        self._waits = waits
        self._clock = clock
        self._seen = 0
        # What encloses the event after an event, by the event's number.
        self._around: dict[int, Entry | None] = {0: None}

    def poll(self) -> None:
        """Read the events since the last time."""
        for event in sorted(self._new_events(), key=lambda event: event["id"]):
            self._seen = event["id"]
            self._take(event)

    def running(self) -> list[Entry]:
        """List the states that the execution is in, the outer ones first."""
        return [entry for entry in self.entries if entry.outcome == RUNNING]

    def _new_events(self) -> Iterator[dict[str, Any]]:
        # Backwards, so that a poll of a long execution reads one page.
        request: dict[str, Any] = {"reverseOrder": True, "maxResults": PAGE}
        while True:
            reply = self._stepfunctions.get_execution_history(
                executionArn=self.execution, **request
            )
            fresh = [event for event in reply["events"] if event["id"] > self._seen]
            yield from fresh
            if len(fresh) < len(reply["events"]) or not reply.get("nextToken"):
                return
            request["nextToken"] = reply["nextToken"]

    def _take(self, event: dict[str, Any]) -> None:
        kind, number = event["type"], event["id"]
        around = self._around.get(event.get("previousEventId", 0))
        self._around[number] = around
        if kind.endswith("StateEntered"):
            self._around[number] = self._enter(event, around)
        elif kind.endswith("StateExited"):
            self._around[number] = self._leave(event, around)
        elif kind.startswith("Execution") and kind != "ExecutionStarted":
            self._finish(event)
        elif around:
            self._around[number] = concerned = _concerned(around, event)
            _happen(concerned, event)

    def _enter(self, event: dict[str, Any], parent: Entry | None) -> Entry:
        details = event["stateEnteredEventDetails"]
        entry = Entry(
            state=details["name"],
            kind=event["type"].removesuffix("StateEntered"),
            started=event["timestamp"],
            parent=parent,
            input=_read(details.get("input")),
        )
        if entry.kind == "Wait":
            seconds = wait_seconds(self._waits.get(entry.state, {}), entry.input)
            if seconds is not None:
                entry.until = entry.started + timedelta(seconds=seconds / self._clock)
                entry.detail = f"{seconds:g} s"
        self.entries.append(entry)
        return entry

    def _leave(self, event: dict[str, Any], around: Entry | None) -> Entry | None:
        name = event["stateExitedEventDetails"]["name"]
        entry = around
        while entry and entry.state != name:
            entry = entry.parent
        if not entry:
            return around
        entry.end(event["timestamp"], FAILED if entry.failed else SUCCEEDED)
        for other in self.entries:
            if other.outcome == RUNNING and other.inside(entry):
                other.end(event["timestamp"], FAILED if other.failed else ABORTED)
        return entry.parent

    def _finish(self, event: dict[str, Any]) -> None:
        for entry in self.running():
            lost = entry.failed or entry.kind == "Fail"
            entry.end(event["timestamp"], FAILED if lost else ABORTED)


def _concerned(entry: Entry, event: dict[str, Any]) -> Entry:
    """Find the loop or fork that an event is about, which may come from deep inside of it."""
    for kind in ("Map", "Parallel"):
        if event["type"].startswith(kind):
            details = event.get("mapIterationFailedEventDetails", {})
            name, found = details.get("name"), entry
            while found.parent and (found.kind != kind or name not in (None, found.state)):
                found = found.parent
            return found
    return entry


def _happen(entry: Entry, event: dict[str, Any]) -> None:
    """Take note of what happens inside a state: its task's calls, their ends, its failure."""
    kind = event["type"]
    details: dict[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    if kind in ("TaskScheduled", "LambdaFunctionScheduled"):
        entry.attempts += 1
        entry.failed = False
        entry.asks = str(details.get("resource", "")).endswith(CALLBACK)
        asked = _read(details.get("parameters") or details.get("input"))
        entry.detail = intent(asked.get("Payload", asked)) if isinstance(asked, dict) else ""
    elif kind in ("TaskSucceeded", "LambdaFunctionSucceeded"):
        answer = _read(details.get("output"))
        if isinstance(answer, dict):
            entry.detail = finding(answer) or entry.detail
    elif kind.endswith(("Failed", "TimedOut")):
        entry.failed = True
        if error := details.get("error"):
            cause = words_of(details.get("cause", ""))
            entry.detail = f"{error}: {cause}" if cause else error
        elif kind.endswith("TimedOut"):
            entry.detail = "timed out"


def intent(request: Any) -> str:
    """Say what a task is asked to do, where its state's name does not say it."""
    if isinstance(request, dict) and {"function", "to_percent", "to_version"} <= request.keys():
        return (
            f"{request['function']}: {request['to_percent']:g} % to version {request['to_version']}"
        )
    return ""


def finding(answer: dict[str, Any]) -> str:
    """Say what a task found, where that is for people."""
    if answer.get("findings") and answer.get("passed") is False:
        return "; ".join(str(entry) for entry in answer["findings"][:3])
    if answer.get("inconclusive") and answer.get("observations"):
        return "; ".join(str(entry) for entry in answer["observations"][:3])
    if answer.get("status") in ("approved", "rejected") and answer.get("decided_by"):
        return f"{answer['status']} by {answer['decided_by']}: {answer.get('reason', '')}"
    return ""


def words_of(cause: str) -> str:
    """Reduce a failure's cause to its message; Lambda sends it with a stack trace as JSON."""
    document = _read(cause)
    if isinstance(document, dict) and "errorMessage" in document:
        return str(document["errorMessage"])
    return cause


def wait_states(definition: Any) -> dict[str, dict[str, Any]]:
    """Find the Wait states of a definition by name, those inside Map and Parallel too."""
    found: dict[str, dict[str, Any]] = {}
    if isinstance(definition, dict):
        for name, state in (definition.get("States") or {}).items():
            if isinstance(state, dict) and state.get("Type") == "Wait":
                found[name] = state
        for value in definition.values():
            found |= wait_states(value)
    elif isinstance(definition, list):
        for value in definition:
            found |= wait_states(value)
    return found


def wait_seconds(state: dict[str, Any], document: Any) -> float | None:
    """Tell how long a Wait state waits, None where it waits for a time of day."""
    seconds = state.get("Seconds")
    if path := state.get("SecondsPath"):
        seconds = document
        for step in path.removeprefix("$").strip(".").split("."):
            seconds = seconds.get(step) if isinstance(seconds, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else None


def _read(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None
