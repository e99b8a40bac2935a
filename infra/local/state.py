"""The files in which a running embedded account says where it is and with which keys.

They stand in `.daytwo/local` under the current directory, or in DAYTWO_LOCAL_DIR. The lock
file tells whether an account runs: the process that holds it wrote its pid into it, so a
file left by a dead process, or a pid that belongs to another program by now, fools nobody.
"""

import configparser
import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

DIRECTORY_VARIABLE = "DAYTWO_LOCAL_DIR"
LOOKS = 20
LOOK_SECONDS = 0.02


class AlreadyRunning(Exception):
    """Another process runs an embedded account in this directory."""


@dataclass(frozen=True)
class Running:
    """What `account.json` says of a running account."""

    endpoint: str
    port: int
    pid: int
    clock: float
    region: str
    account: str
    ready: bool


def directory(workdir: Path | None = None) -> Path:
    """Tell where the account's files stand."""
    if workdir is not None:
        return workdir.resolve()
    return Path(os.environ.get(DIRECTORY_VARIABLE) or Path(".daytwo") / "local").resolve()


def hold(workdir: Path) -> IO[str]:
    """Take the directory for this process until the returned file is closed.

    Raises AlreadyRunning, with the pid of the process that has it.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    file = (workdir / "lock").open("a+", encoding="utf-8")
    if not _locked(file):
        file.seek(0)
        pid = file.read().strip()
        file.close()
        raise AlreadyRunning(
            f"an embedded account runs already in {workdir} (pid {pid}); "
            "end it with `daytwo local down`, or use another --workdir"
        )
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _locked(file: IO[str]) -> bool:
    """Lock a file; tried again for a moment, as `holder` in another process locks it to look."""
    for _ in range(LOOKS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(LOOK_SECONDS)
    return False


def holder(workdir: Path) -> int | None:
    """Tell the pid of the process that runs an account in this directory, or None."""
    try:
        with (workdir / "lock").open("r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read().strip() or 0) or None
    except FileNotFoundError:
        pass
    return None


def write(workdir: Path, running: Running) -> None:
    """Write account.json whole, so that a reader never sees half of it."""
    draft = workdir / "account.json.new"
    draft.write_text(json.dumps(asdict(running), indent=2) + "\n", encoding="utf-8")
    draft.replace(workdir / "account.json")


def read(workdir: Path) -> Running | None:
    """Read what runs in this directory; None where nothing does, whatever files are left."""
    if holder(workdir) is None:
        return None
    try:
        document = json.loads((workdir / "account.json").read_text(encoding="utf-8"))
        return Running(**document)
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_credentials(workdir: Path, profiles: dict[str, dict[str, str]]) -> Path:
    """Write an AWS shared-credentials file that only its owner can read."""
    parser = configparser.ConfigParser(default_section="")
    for name, keys in profiles.items():
        parser[name] = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
        }
    path = workdir / "credentials"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        parser.write(file)
    return path


def forget(workdir: Path) -> None:
    """Remove what only a running account may leave there."""
    for name in ("account.json", "credentials"):
        (workdir / name).unlink(missing_ok=True)
