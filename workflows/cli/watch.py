"""`daytwo watch`: follow an execution until it ends, and say how it ended."""

import json
import re
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from tasks import store
from workflows.cli.errors import (
    FAILED,
    INTERRUPTED,
    NOT_APPROVED,
    SUCCEEDED,
    CommandError,
)
from workflows.cli.history import Entry, History, wait_states, words_of
from workflows.cli.output import note, print_json, say
from workflows.cli.progress import progress
from workflows.cli.session import Session, session_options
from workflows.cli.text import duration, moment

ARN = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:execution:[^:]+:[^:]+")
UNKNOWN = ("ExecutionDoesNotExist", "InvalidArn", "ValidationException")
RUNNING = ("RUNNING", "PENDING_REDRIVE")
POLL_SECONDS, LOCAL_POLL_SECONDS = 1.0, 0.25
RECORD_SECONDS = 5.0
GOES_ON = "The execution goes on. Follow it again with: daytwo watch {}"


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


@click.command()
@click.argument("execution")
@session_options
def watch(execution: str, session: Session) -> None:
    """Follow EXECUTION, an ARN or a name, until it ends.

    Exit codes: 0 succeeded, 1 failed or rolled back, 3 rejected or expired.
    """
    follow(find(execution, session)["executionArn"], session)


def find(execution: str, session: Session) -> dict[str, Any]:
    """Describe an execution by its ARN, or by its name in any of daytwo's state machines."""
    from botocore.exceptions import ClientError

    candidates = [execution]
    if not ARN.fullmatch(execution):
        candidates = [
            f"{machine.replace(':stateMachine:', ':execution:')}:{execution}"
            for name, machine in session.outputs.items()
            if name.endswith("StateMachineArn")
        ]
    for arn in candidates:
        try:
            found: dict[str, Any] = session.client("stepfunctions").describe_execution(
                executionArn=arn
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in UNKNOWN:
                raise
        else:
            return found
    raise CommandError(
        f"There is no execution {execution} in {session.region}. `daytwo status` lists those "
        "that run; an ended one is kept for 90 days."
    )


def follow(execution: str, session: Session) -> None:
    """Show an execution's progress until it ends; ends the command with its exit code.

    Ctrl-C ends the following only, with exit code 130.
    """
    try:
        outcome = attend(execution, session)
    except KeyboardInterrupt:
        note(GOES_ON.format(execution))
        raise click.exceptions.Exit(INTERRUPTED) from None
    except Exception:
        note(GOES_ON.format(execution))
        raise
    if session.json:
        print_json(outcome.__dict__)
    else:
        say(outcome.words)
        for line in outcome.next:
            say(f"  {line}")
    raise click.exceptions.Exit(outcome.exit_code)


def attend(execution: str, session: Session) -> Outcome:
    """Show progress until the execution has ended, on stderr if the result is JSON."""
    history = open_history(execution, session)
    waiting = Waiting(execution, session)
    with progress(sys.stderr if session.json else None) as shown:
        while True:
            described = session.client("stepfunctions").describe_execution(executionArn=execution)
            history.poll()
            shown.show(history, waiting)
            if described["status"] not in RUNNING:
                break
            time.sleep(pause_seconds(session))
    return outcome_of(described, history, session)


def pause_seconds(session: Session) -> float:
    """Tell how long to wait between two looks at an execution."""
    return LOCAL_POLL_SECONDS if session.local else POLL_SECONDS


def timeline(execution: str, session: Session) -> list[dict[str, Any]]:
    """List what an execution has done so far: at, state, seconds, outcome, detail, depth."""
    history = open_history(execution, session)
    history.poll()
    return told(history)


def told(history: History) -> list[dict[str, Any]]:
    """Tell a history's entries as plain values, ready for JSON."""
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
        for entry in history.entries
    ]


def open_history(execution: str, session: Session) -> History:
    """Begin to follow an execution, knowing what its definition waits for."""
    stepfunctions = session.client("stepfunctions")
    definition = stepfunctions.describe_state_machine_for_execution(executionArn=execution)
    waits = wait_states(json.loads(definition["definition"]))
    return History(execution, stepfunctions, waits, session.clock)


class Waiting:
    """Says what a running state waits for; looks an approval up now and then."""

    def __init__(self, execution: str, session: Session) -> None:
        self._execution = execution
        self._session = session
        self._record: dict[str, Any] | None = None
        self._read_at = -RECORD_SECONDS

    def __call__(self, entry: Entry) -> str:
        """Say it in words; nothing for a state that just works."""
        if entry.asks:
            return self._approval()
        if entry.until:
            left = (entry.until - datetime.now(UTC)).total_seconds()
            return f"waits until {entry.until.astimezone(UTC):%H:%M:%SZ}" if left > 0 else ""
        if entry.failed:
            return f"attempt {entry.attempts} failed, tries again: {entry.detail}"
        return ""

    def _approval(self) -> str:
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


def outcome_of(described: dict[str, Any], history: History, session: Session) -> Outcome:
    """Say how an ended execution ended, why, and where to look next."""
    execution, status = described["executionArn"], described["status"]
    seconds = (described["stopDate"] - described["startDate"]).total_seconds()
    what = subject(described.get("input"))
    approval = None
    if status == "SUCCEEDED":
        words = succeeded(what, history)
    else:
        approval = approval_of(execution, session)
        cause = words_of(described.get("cause", "")) or "no cause given"
        words = f"{described.get('error') or status}: {cause}"
    refused = approval is not None and approval["status"] in ("rejected", "expired")
    return Outcome(
        execution=execution,
        status=described.get("error") or status,
        exit_code=SUCCEEDED if status == "SUCCEEDED" else NOT_APPROVED if refused else FAILED,
        seconds=round(seconds, 3),
        words=f"{words} ({duration(seconds)})",
        next=advice(described, what, session),
        timeline=told(history),
    )


def subject(text: str | None) -> dict[str, str]:
    """Read system, release and environment out of an execution's input, direct or an event."""
    try:
        document = json.loads(text or "{}")
        request = document.get("detail", document)
        return {name: str(request[name]) for name in ("system", "release", "environment")}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def succeeded(what: dict[str, str], history: History) -> str:
    """Name the end that a successful execution came to."""
    end = next((entry.state for entry in reversed(history.entries) if not entry.parent), "")
    if end == "Succeeded" and what:
        return f"Succeeded: {what['system']} {what['release']} is live in {what['environment']}."
    return f"Succeeded: {end}." if end != "Succeeded" else "Succeeded."


def advice(described: dict[str, Any], what: dict[str, str], session: Session) -> list[str]:
    """Say where to look next, after each kind of end."""
    system = what.get("system", "")
    error = described.get("error") or described["status"]
    lines = {
        "SUCCEEDED": [],
        "RolledBack": ["All is as before. The release is quarantined: publish a new version."],
        "FailedClean": ["Nothing was changed. Mend the cause and promote again."],
        "FailedDirty": [
            "The environment stays locked until a person has looked (docs/at-night.md). Put right "
            "what the cause names; then start daytwo-janitor with this execution, which undoes "
            f"the rest and frees the lock, or free it as it is: daytwo unlock {system} "
            f"{what.get('environment', '')} --reason ..."
        ],
    }.get(error, ["The janitor now undoes what was begun, and releases the lock."])
    lines = [*lines, f"State now: daytwo status {system}".rstrip()]
    if ".amazonaws.com" in session.client("stepfunctions").meta.endpoint_url:
        lines.append(
            f"Console: https://{session.region}.console.aws.amazon.com/states/home?region="
            f"{session.region}#/v2/executions/details/{described['executionArn']}"
        )
    return lines
