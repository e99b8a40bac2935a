"""Fires what is due on the account's clock."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from infra.local.account import Account
from infra.local.delivery import guarded
from infra.local.expressions import InvalidExpression, read

# A schedule that was just made is noticed after at most so many wall seconds.
LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Entry:
    """One schedule as it is now; another `version` of the same `key` starts anew.

    `at_once` lets a rate begin with a firing instead of a pause.
    """

    key: str
    version: Any
    expression: str
    fire: Callable[[datetime], None]
    timezone: str = "UTC"
    start: datetime | None = None
    end: datetime | None = None
    at_once: bool = False


@dataclass
class _Due:
    version: Any
    beginning: datetime
    next: datetime | None


class Timetable:
    """Looks at the entries that there are, and calls `fire` of each when it is due."""

    def __init__(self, account: Account, name: str, entries: Callable[[], Iterable[Entry]]) -> None:
        self._clock = account.clock
        self._entries = entries
        self._known: dict[str, _Due] = {}
        self._stopping = threading.Event()
        account.on_stop(self._stopping.set)
        threading.Thread(target=self._run, daemon=True, name=name).start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            guarded(self._fire_due)
            self._stopping.wait(self._pause())

    def _pause(self) -> float:
        """Tell the wall seconds until the next firing, or the next look for new entries."""
        now = self._clock.now()
        dues = [due.next for due in self._known.values() if due.next]
        waits = [self._clock.real_seconds((due - now).total_seconds()) for due in dues]
        return min([LOOK_SECONDS, *waits])

    def _fire_due(self) -> None:
        now = self._clock.now()
        present = set()
        for entry in list(self._entries()):
            present.add(entry.key)
            due = self._known.get(entry.key)
            if due is None or due.version != entry.version:
                due = self._known[entry.key] = self._begin(entry, now)
            if due.next is not None and due.next <= now:
                fired, due.next = due.next, _next(entry, due.beginning, now)
                guarded(entry.fire, fired)
        for gone in set(self._known) - present:
            del self._known[gone]

    def _begin(self, entry: Entry, now: datetime) -> _Due:
        """Say when an entry is due first; one that is due between two looks is not missed."""
        beginning = entry.start or now
        if entry.at_once and entry.expression.startswith("rate") and beginning >= now:
            return _Due(entry.version, beginning, _within(entry, beginning))
        noticed = max(now, beginning)
        if entry.expression.startswith("at"):
            noticed -= timedelta(seconds=2 * LOOK_SECONDS * self._clock.factor)
        return _Due(entry.version, beginning, _next(entry, beginning, noticed))


def _next(entry: Entry, beginning: datetime, after: datetime) -> datetime | None:
    try:
        due = read(entry.expression, entry.timezone).after(after, beginning)
    except InvalidExpression:
        return None
    return None if due is None else _within(entry, due)


def _within(entry: Entry, due: datetime) -> datetime | None:
    return None if entry.end and due > entry.end else due
