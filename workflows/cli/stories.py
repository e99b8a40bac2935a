"""What there is to tell of an execution: its states, what it waits for, how it ended."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tasks import store
from workflows.cli.errors import FAILED, NOT_APPROVED, SUCCEEDED
from workflows.cli.history import Entry, History, wait_states, words_of
from workflows.cli.session import Session
from workflows.cli.text import duration, moment

RECORD_SECONDS = 5.0


@dataclass(frozen=True)
class Outcome:
    """How an execution ended; `words` is the cause for people, `next` where to look next."""

    execution: str
    status: str
    exit_code: int
    seconds: float
    words: str
    next: list[str]
    timeline: list[dict[str, Any]]


class Story:
    """An execution that is followed; `entries` are its states in the order they were entered.

    `closely` is whether somebody looks on, for whom more is read than has to be.
    """

    closely = False

    def __init__(self, execution: str, session: Session) -> None:
        self.execution = execution
        self.session = session
        self.history = open_history(execution, session)
        self._approval = Approval(execution, session)

    @property
    def entries(self) -> list[Entry]:
        """What there is to show."""
        return self.history.entries

    def poll(self) -> None:
        """Read what has happened since the last time."""
        self.history.poll()

    def waiting(self, entry: Entry) -> str:
        """Say what a running state waits for; nothing for one that just works."""
        if entry.asks:
            return self._approval.words()
        if entry.until:
            left = (entry.until - datetime.now(UTC)).total_seconds()
            return f"waits until {entry.until.astimezone(UTC):%H:%M:%SZ}" if left > 0 else ""
        if entry.failed:
            return f"attempt {entry.attempts} failed, tries again: {entry.detail}"
        return ""

    def outcome(self, described: dict[str, Any]) -> Outcome:
        """Say how the execution ended, why, and where to look next."""
        status = described["status"]
        seconds = (described["stopDate"] - described["startDate"]).total_seconds()
        approval = None
        if status == "SUCCEEDED":
            words = self.succeeded(described)
        else:
            approval = approval_of(self.execution, self.session)
            cause = words_of(described.get("cause", "")) or "no cause given"
            words = f"{described.get('error') or status}: {cause}"
        refused = approval is not None and approval["status"] in ("rejected", "expired")
        return Outcome(
            execution=self.execution,
            status=described.get("error") or status,
            exit_code=SUCCEEDED if status == "SUCCEEDED" else NOT_APPROVED if refused else FAILED,
            seconds=round(seconds, 3),
            words=f"{words} ({duration(seconds)})",
            next=[*self.advice(described), *self.console()],
            timeline=told(self.entries),
        )

    def end(self) -> str:
        """Name the end that a successful execution came to."""
        return next((entry.state for entry in reversed(self.entries) if not entry.parent), "")

    def succeeded(self, described: dict[str, Any]) -> str:
        """Say what a successful execution has done."""
        what, end = subject(described), self.end()
        if end == "Succeeded" and what:
            return (
                f"Succeeded: {what['system']} {what['release']} is live in {what['environment']}."
            )
        return f"Succeeded: {end}." if end != "Succeeded" else "Succeeded."

    def advice(self, described: dict[str, Any]) -> list[str]:
        """Say what to do next, after each kind of end."""
        what = subject(described)
        system = what.get("system", "")
        error = described.get("error") or described["status"]
        lines = {
            "SUCCEEDED": [],
            "RolledBack": ["All is as before. The release is quarantined: publish a new version."],
            "FailedClean": ["Nothing was changed. Mend the cause and promote again."],
            "FailedDirty": [
                "The environment stays locked until a person has looked (docs/at-night.md). Put "
                "right what the cause names; then start daytwo-janitor with this execution, which "
                "undoes the rest and frees the lock, or free it as it is: daytwo unlock "
                f"{system} {what.get('environment', '')} --reason ..."
            ],
        }.get(error, ["The janitor now undoes what was begun, and releases the lock."])
        return [*lines, f"State now: daytwo status {system}".rstrip()]

    def console(self) -> list[str]:
        """Say where the execution is in AWS's console, if it runs on AWS."""
        region = self.session.region
        if ".amazonaws.com" not in self.session.client("stepfunctions").meta.endpoint_url:
            return []
        return [
            f"Console: https://{region}.console.aws.amazon.com/states/home?region={region}"
            f"#/v2/executions/details/{self.execution}"
        ]


class Approval:
    """The approval that an execution waits for, looked up now and then."""

    def __init__(self, execution: str, session: Session) -> None:
        self._execution = execution
        self._session = session
        self._record: dict[str, Any] | None = None
        self._read_at = -RECORD_SECONDS

    def words(self) -> str:
        """Say who is to decide until when, and how."""
        if time.monotonic() - self._read_at >= RECORD_SECONDS:
            self._record = approval_of(self._execution, self._session)
            self._read_at = time.monotonic()
        if not self._record:
            return "asks for approval"
        roles, identifier = " or ".join(self._record["roles"]), self._record["sk"]
        return (
            f"waits for approval by {roles} until {moment(self._record['expires_at'])}: "
            f"daytwo approve {identifier} --reason ..."
        )


def approval_of(execution: str, session: Session) -> dict[str, Any] | None:
    """Read the approval that an execution asked for, if it did."""
    return session.state.get(store.approval(store.approval_id(execution)))


def open_history(execution: str, session: Session) -> History:
    """Begin to follow an execution, knowing what its definition waits for."""
    stepfunctions = session.client("stepfunctions")
    definition = stepfunctions.describe_state_machine_for_execution(executionArn=execution)
    waits = wait_states(json.loads(definition["definition"]))
    return History(execution, stepfunctions, waits, session.clock)


def told(entries: list[Entry]) -> list[dict[str, Any]]:
    """Tell entries as plain values, ready for JSON."""
    return [
        {
            "at": entry.started.astimezone(UTC).isoformat(timespec="milliseconds"),
            "state": entry.state,
            "kind": entry.kind,
            "depth": entry.depth,
            "seconds": round(entry.seconds(), 3),
            "outcome": entry.outcome,
            "detail": entry.detail,
        }
        for entry in entries
    ]


def asked_of(described: dict[str, Any]) -> dict[str, Any]:
    """Read the request in an execution's input, sent directly or by an event."""
    try:
        document = json.loads(described.get("input") or "{}")
        request = document.get("detail", document)
    except (ValueError, AttributeError):
        return {}
    return request if isinstance(request, dict) else {}


def subject(described: dict[str, Any]) -> dict[str, str]:
    """Read system, release and environment out of a promotion's input; empty for another one."""
    asked = asked_of(described)
    names = ("system", "release", "environment")
    return {name: str(asked[name]) for name in names} if asked.keys() >= set(names) else {}
