"""Start, find and end an embedded account that runs in a process of its own."""

import configparser
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local import state
from infra.local.server import Options

if TYPE_CHECKING:
    from infra.local.controls import Controls

POLL_SECONDS = 0.05
END_SECONDS = 30.0


class NotStarted(Exception):
    """The account's process ended before it was ready; the message holds its last words."""


class NotEnded(Exception):
    """The account's process did not end when it was told to."""


@dataclass(frozen=True)
class LocalAccount:
    """A running account as a client sees it."""

    endpoint: str
    region: str
    account: str
    pid: int
    workdir: Path

    def keys(self, profile: str = "default") -> dict[str, str]:
        """Read a profile's keys, named as boto3's Session takes them."""
        parser = configparser.ConfigParser()
        parser.read(self.workdir / "credentials", encoding="utf-8")
        return dict(parser[profile])

    def client(self, service: str, profile: str = "default") -> Any:
        """Make a boto3 client that acts as a profile: admin, alice or bob."""
        return _session().client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            **self.keys(profile),
        )

    @property
    def controls(self) -> "Controls":
        """The account's own API: its weather, and the count of its calls."""
        from infra.local.controls import Controls

        return Controls(self.endpoint, self.region, self.keys("admin"))


def start(options: Options, relay: Callable[[str], None]) -> LocalAccount:
    """Start an account in its own session, and wait until it is ready.

    Each line that it prints goes to `relay`, and all its output to `log` in its directory.
    Raises NotStarted; then nothing is left running.
    """
    options.workdir.mkdir(parents=True, exist_ok=True)
    path = options.workdir / "log"
    with path.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            _command(options), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_until_ready(process, path, relay)
    except BaseException:
        _end(process)
        raise
    return attach(options.workdir)


def attach(workdir: Path) -> LocalAccount:
    """Give the account that runs in a directory; NotStarted where none does."""
    running = state.read(workdir)
    if running is None:
        raise NotStarted(f"no embedded account runs in {workdir}; start one: daytwo local up")
    return LocalAccount(running.endpoint, running.region, running.account, running.pid, workdir)


def stop(workdir: Path) -> bool:
    """End the account of a directory and wait for it; tell whether one was running.

    Raises NotEnded when it still runs after 30 seconds.
    """
    pid = state.holder(workdir)
    if pid is None:
        state.forget(workdir)
        return False
    os.kill(pid, signal.SIGTERM)
    give_up = time.monotonic() + END_SECONDS
    while state.holder(workdir) == pid:
        if time.monotonic() > give_up:
            raise NotEnded(
                f"the embedded account (pid {pid}) has not ended within {END_SECONDS:.0f} s; "
                f"look at {workdir / 'log'}, or end it with: kill -9 {pid}"
            )
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def running(
    clock: float = 1.0,
    workdir: Path | None = None,
    bootstrap: bool = True,
    systems: tuple[str, ...] | None = None,
    relay: Callable[[str], None] = lambda line: None,
) -> Iterator[LocalAccount]:
    """Run an account of its own on a free port while the block lasts.

    `systems` are the example systems to load, all of them where it is None.
    """
    with tempfile.TemporaryDirectory(prefix="daytwo-") as temporary:
        place = (workdir or Path(temporary)).resolve()
        account = start(Options(place, 0, clock, bootstrap, systems), relay)
        try:
            yield account
        finally:
            stop(place)


@lru_cache(maxsize=1)
def _session() -> Any:
    """Give the one session of this process: each would read the service models anew."""
    import boto3

    return boto3.Session()


def _command(options: Options) -> list[str]:
    command = [sys.executable, "-m", "infra.local", "--workdir", str(options.workdir)]
    command += ["--port", str(options.port), "--clock", str(options.clock)]
    for system in options.systems or ():
        command += ["--system", system]
    return command if options.bootstrap else [*command, "--no-bootstrap"]


def _wait_until_ready(
    process: subprocess.Popen[bytes], path: Path, relay: Callable[[str], None]
) -> None:
    lines: list[str] = []
    with path.open(encoding="utf-8") as log:
        while True:
            ended = process.poll() is not None
            while line := log.readline():
                lines.append(line.rstrip("\n"))
                relay(lines[-1])
                if line.startswith("ready "):
                    return
            if ended:
                words = lines[-1] if lines else "it said nothing"
                raise NotStarted(f"the embedded account did not start ({path}): {words}")
            time.sleep(POLL_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
