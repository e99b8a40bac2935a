"""A clock that moves only when everybody waits, and then to the next moment somebody waits for.

An hour of waiting takes no time, and work takes none of the clock's: what is measured on it
is waiting alone.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from infra.local.clock import Clock

# So long nothing may happen before the clock takes it that everybody waits.
SETTLED_SECONDS = 0.006


class EventClock(Clock):
    """A clock for executions in threads of this process; `stop()` ends its own thread."""

    def __init__(self) -> None:
        super().__init__()
        self._elapsed = 0.0
        self._guard = threading.Lock()
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._number = itertools.count()
        self._working = 0
        self._last = time.monotonic()
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="event clock", daemon=True).start()

    @property
    def elapsed(self) -> float:
        """How many seconds have passed on this clock."""
        return self._elapsed

    def now(self):
        return self._started_at + timedelta(seconds=self._elapsed)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass, as work that takes its time does."""
        with self._guard:
            self._elapsed += seconds

    def wait(self, account_seconds: float, woken: threading.Event | None = None) -> bool:
        """Wait until the clock has come so far, or until `woken` is set."""
        bell = woken or threading.Event()
        passed = threading.Event()
        with self._guard:
            when = self._elapsed + max(0.0, account_seconds)
            heapq.heappush(self._waiting, (when, next(self._number), passed))
            self._last = time.monotonic()
        while not passed.wait(0.05):
            if bell.is_set():
                return True
        self._touch()
        return bell.is_set()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the clock stand still while the block runs."""
        with self._guard:
            self._working += 1
        try:
            yield
        finally:
            with self._guard:
                self._working -= 1
                self._last = time.monotonic()

    def stop(self) -> None:
        """Move no more."""
        self._stopped.set()

    def _touch(self) -> None:
        with self._guard:
            self._last = time.monotonic()

    def _run(self) -> None:
        while not self._stopped.wait(SETTLED_SECONDS / 3):
            with self._guard:
                quiet = time.monotonic() - self._last
                if self._working or not self._waiting or quiet < SETTLED_SECONDS:
                    continue
                self._elapsed = max(self._elapsed, self._waiting[0][0])
                while self._waiting and self._waiting[0][0] <= self._elapsed:
                    heapq.heappop(self._waiting)[2].set()
                self._last = time.monotonic()
