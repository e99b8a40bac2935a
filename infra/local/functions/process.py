"""One process that runs a function's handler under AWS's runtime client."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

from infra.local.functions.runtime_api import Invocation, Report, RuntimeApi

# Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle".
INIT_SECONDS = 10.0
MEBIBYTE = 1024 * 1024
# Memory that the interpreter reserves without using it: thread stacks and malloc's arenas.
RESERVED_MEMORY = 192 * MEBIBYTE
# Linux ends the child together with the account, however the account ends; elsewhere a
# child ends when it next asks the closed runtime API.
SETPRIV = shutil.which("setpriv")
TIED = [SETPRIV, "--pdeathsig", "KILL"] if SETPRIV else []


@dataclass(frozen=True)
class Launch:
    """How to start a process: what it runs, with which variables, where, in how much memory."""

    handler: str
    environment: dict[str, str]
    folder: Path
    scratch: Path
    memory: int


@dataclass(frozen=True)
class Answer:
    """How an invocation ended; `seconds` of running, `init_seconds` when it was a cold start.

    `kind` is response, error, init_error, exit or timeout.
    """

    kind: str
    body: bytes
    status: int
    seconds: float
    init_seconds: float | None


class ProcessEnded(Exception):
    """The process ended before it took the invocation, which can go to another one."""


class Process:
    """A function's process; it serves one invocation at a time."""

    def __init__(self, launch: Launch, on_lines: Callable[[list[str]], None]) -> None:
        self._api = RuntimeApi()
        self._on_lines = on_lines
        self._mark = b"\0" + secrets.token_hex(8).encode() + b"\n"
        self._marked = threading.Event()
        self._marking = threading.Lock()
        self._scratch = launch.scratch
        self._born: float | None = time.monotonic()
        self._output, self._input = os.pipe()
        self._child = self._start(launch)
        self.started = time.monotonic()
        threading.Thread(target=self._read, name=f"output-{self.pid}", daemon=True).start()
        self._waiter = threading.Thread(target=self._wait, name=f"wait-{self.pid}", daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Tell whether the process has not ended."""
        return self._child.returncode is None

    def invoke(self, invocation: Invocation) -> Answer:
        """Run one invocation; after error kinds other than `error` the process is of no more use.

        Raises ProcessEnded when the process had ended before it could take the invocation.
        """
        init_started, self._born = self._born, None
        self._api.offer(invocation)
        first = self._report(INIT_SECONDS + invocation.timeout if init_started else INIT_SECONDS)
        if first is None:
            return Answer("timeout", b"", 0, invocation.timeout, None)
        if first.kind != "started":
            if init_started is None:
                raise ProcessEnded(f"process {self.pid} ended with status {first.status}")
            return Answer(first.kind, first.body, first.status, 0.0, first.at - init_started)
        last = self._report(invocation.timeout - (time.monotonic() - first.at))
        init_seconds = first.at - init_started if init_started else None
        if last is None:
            return Answer("timeout", b"", 0, invocation.timeout, init_seconds)
        return Answer(last.kind, last.body, last.status, last.at - first.at, init_seconds)

    def drain(self) -> None:
        """Wait until what the process has written so far has reached `on_lines`."""
        with self._marking:
            if self._input >= 0:
                self._marked.clear()
                os.write(self._input, self._mark)
                self._marked.wait()

    def end(self) -> None:
        """End the process and what it started; more than once does no harm."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.alive:
                os.killpg(self.pid, signal.SIGKILL)
        self._api.close()

    def joined(self, seconds: float) -> None:
        """Wait until the ended process is gone from the process table."""
        self._waiter.join(seconds)

    def peak_memory(self) -> int:
        """Tell the most memory that the process has used, in bytes; 0 where Linux is missing."""
        with contextlib.suppress(OSError, ValueError):
            status = Path(f"/proc/{self.pid}/status").read_text()
            return int(status.partition("VmHWM:")[2].split(None, 1)[0]) * 1024
        return 0

    def _start(self, launch: Launch) -> subprocess.Popen[bytes]:
        command = [*TIED, sys.executable, "-S", "-m", "awslambdaric", launch.handler]
        launch.scratch.mkdir(parents=True)
        child = subprocess.Popen(
            command,
            cwd=launch.folder,
            env={**launch.environment, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdin=subprocess.DEVNULL,
            stdout=self._input,
            stderr=self._input,
            start_new_session=True,
        )
        _limit(child.pid, launch.memory)
        return child

    def _report(self, seconds: float) -> Report | None:
        try:
            return self._api.reports.get(timeout=max(0.0, seconds))
        except Empty:
            return None

    def _wait(self) -> None:
        status = self._child.wait()
        self.drain()
        with self._marking:
            os.close(self._input)
            self._input = -1
        self._api.reports.put(Report("exit", status=status))
        self._api.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _read(self) -> None:
        pending = b""
        while chunk := os.read(self._output, 65536):
            pending += chunk
            before, marked, after = pending.partition(self._mark)
            *lines, rest = before.split(b"\n")
            if marked:
                lines, rest = [*lines, rest], after
            if texts := [_text(line) for line in lines if line]:
                self._on_lines(texts)
            pending = rest
            if marked:
                self._marked.set()
        os.close(self._output)


def _text(line: bytes) -> str:
    """Decode a line; the runtime client sends a line's own breaks as carriage returns."""
    return line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n")


def _limit(pid: int, memory: int) -> None:
    """Make the kernel refuse memory beyond a function's setting, where it can (Linux)."""
    import resource

    if hasattr(resource, "prlimit"):
        size = memory * MEBIBYTE + RESERVED_MEMORY
        with contextlib.suppress(ProcessLookupError, PermissionError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (size, size))
