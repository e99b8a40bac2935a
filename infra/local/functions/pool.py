"""Warm processes, kept between invocations."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import InitVar, dataclass, field
from typing import Any

from infra.local.functions.logs import LogStream
from infra.local.functions.process import Process

# About 45 MB each.
MOST_IDLE = 16
# A distributed Map calls a function a hundred times at once: on one machine a few processes that
# stay answer sooner than a hundred that have to start. More are started for those that wait long,
# as the workers may be waiting for each other.
ENOUGH_BUSY = 8
PATIENCE_SECONDS = 2.0
# A process keeps the session credentials that it was started with; they last an hour.
LONGEST_LIFE = 3000.0


@dataclass(eq=False)
class Worker:
    """A process with its log stream, and what it was started for."""

    process: Process
    log: LogStream
    function: InitVar[Any]
    name: str = field(init=False)
    version: str = field(init=False)
    revision: str = field(init=False)
    retired: bool = False

    def __post_init__(self, function: Any) -> None:
        # Copied: the function object of $LATEST changes in place.
        self.name = function.function_name
        self.version = str(function.version)
        self.revision = function.revision_id

    @property
    def usable(self) -> bool:
        """Tell whether the process is there and young enough."""
        return self.process.alive and time.monotonic() - self.process.started < LONGEST_LIFE

    def serves(self, function: Any) -> bool:
        """Tell whether the process runs just this version of the function."""
        return (self.name, self.version, self.revision) == _version(function)


@dataclass
class Pool:
    """The workers of all functions: idle ones wait, the one used last is taken first."""

    start: Callable[[Any], Worker]
    _idle: list[Worker] = field(default_factory=list)
    _busy: set[Worker] = field(default_factory=set)
    _starting: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _lock: threading.Condition = field(default_factory=threading.Condition)
    # Children are tied to the thread that starts them (process.TIED), so it has to last.
    _launcher: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="launcher")
    )

    def take(self, function: Any) -> Worker:
        """Give a worker for one invocation of a function version, started if none is free.

        Where many are at work it waits for one of them, but not for long.
        """
        with self._lock:
            old = [worker for worker in self._idle if not worker.usable]
            self._idle = [worker for worker in self._idle if worker not in old]
            self._lock.wait_for(lambda: self._ready(function), PATIENCE_SECONDS)
            worker = self._free(function)
            if worker:
                self._idle.remove(worker)
                self._busy.add(worker)
            else:
                self._starting[_version(function)] += 1
        for one in old:
            one.process.end()
        if worker:
            return worker
        try:
            return self._launcher.submit(self._started, function).result()
        finally:
            with self._lock:
                self._starting[_version(function)] -= 1

    def give_back(self, worker: Worker, *, fit: bool) -> None:
        """Take a worker back after its invocation; one that is not fit to go on is ended."""
        with self._lock:
            self._busy.discard(worker)
            ended = []
            if fit and not worker.retired:
                self._idle.append(worker)
                ended, self._idle = self._idle[:-MOST_IDLE], self._idle[-MOST_IDLE:]
            else:
                ended = [worker]
            self._lock.notify_all()
        for old in ended:
            old.process.end()

    def retire(self, name: str, version: str = "", *, now: bool = False) -> None:
        """End the workers of a function, or of one version, once they are idle or `now`."""
        with self._lock:
            idle = [worker for worker in self._idle if _matches(worker, name, version)]
            busy = [worker for worker in self._busy if _matches(worker, name, version)]
            self._idle = [worker for worker in self._idle if worker not in idle]
            for worker in busy:
                worker.retired = True
        for worker in idle + (busy if now else []):
            worker.process.end()

    def stop(self) -> None:
        """Start no more processes, end every one, and wait until they are gone."""
        self._launcher.shutdown()
        with self._lock:
            workers = [*self._idle, *self._busy]
            self._idle = []
            for worker in workers:
                worker.retired = True
        for worker in workers:
            worker.process.end()
        for worker in workers:
            worker.process.joined(5)

    def _free(self, function: Any) -> Worker | None:
        fit = (one for one in reversed(self._idle) if one.serves(function) and one.usable)
        return next(fit, None)

    def _ready(self, function: Any) -> bool:
        """Tell whether a worker is free, or so few are at work that another may be started."""
        busy = sum(1 for one in self._busy if one.serves(function))
        few = busy + self._starting[_version(function)] < ENOUGH_BUSY
        return few or self._free(function) is not None

    def _started(self, function: Any) -> Worker:
        worker = self.start(function)
        with self._lock:
            self._busy.add(worker)
        return worker


def _version(function: Any) -> tuple[str, str, str]:
    return function.function_name, str(function.version), function.revision_id


def _matches(worker: Worker, name: str, version: str) -> bool:
    return worker.name == name and version in ("", worker.version)
