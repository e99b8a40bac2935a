"""The life of an instance: its states, when each begins, and why it is in it.

A change of state lies in a queue with its moment; whoever looks at the instance after that
moment sees it done. So no thread is needed, and ten thousand instances cost nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.ec2.models.instances import InstanceState, StateReason

CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}


@dataclass(frozen=True)
class Why:
    """Why an instance is in its state: StateTransitionReason, and StateReason's two fields."""

    transition: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Change:
    """A state that begins at a moment."""

    at: datetime
    state: str
    why: Why


@dataclass
class Life:
    """One instance's states: the one that has begun, and those to come."""

    state: str
    since: datetime
    why: Why = Why()
    ahead: list[Change] = field(default_factory=list)
    has_run: bool = False
    rebooted: datetime | None = None

    @property
    def booted(self) -> datetime:
        """When its operating system began, while it is running."""
        return max(self.since, self.rebooted or self.since)

    def at(self, now: datetime) -> "Life":
        """Let everything happen that was to happen until now."""
        while self.ahead and self.ahead[0].at <= now:
            change = self.ahead.pop(0)
            self.state, self.since, self.why = change.state, change.at, change.why
            self.has_run = self.has_run or change.state == "running"
        return self

    def go(self, now: datetime, *steps: tuple[str, float, Why]) -> None:
        """Begin the first of these states now, and each next one so many seconds later.

        What was to happen before does not happen any more.
        """
        self.ahead.clear()
        moment = now
        for state, seconds, why in steps:
            self.ahead.append(Change(moment, state, why))
            moment += timedelta(seconds=seconds)
        first = self.ahead.pop(0)
        self.state, self.since, self.why = first.state, first.at, first.why
        self.at(now)


def state_of(life: Life) -> InstanceState:
    """Give a life's state in moto's own form."""
    return InstanceState(life.state, CODES[life.state])


def reason_of(life: Life) -> StateReason:
    """Give the reason of a life's state in moto's own form."""
    return StateReason(life.why.message, life.why.code)


def by_user(now: datetime, hibernates: bool = False) -> Why:
    """Say that a person asked for it, as EC2 does."""
    code, words = (
        ("Client.UserInitiatedHibernate", "User initiated hibernate")
        if hibernates
        else ("Client.UserInitiatedShutdown", "User initiated shutdown")
    )
    return Why(f"User initiated ({now:%Y-%m-%d %H:%M:%S} GMT)", code, f"{code}: {words}")


def on_launch_error(code: str = "", message: str = "") -> Why:
    """Say why a start that was accepted came to nothing, as EC2 does for a lost KMS key."""
    code = code or "Client.InternalError"
    return Why("", code, f"{code}: {message or 'Client error on launch'}")


def life_of(instance: Any, now: datetime) -> Life:
    """Give the life of an instance as it is now."""
    life: Life = vars(instance)["_life"]
    return life.at(now)
