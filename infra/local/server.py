"""Run one embedded account in this process, from the port to the last process it started."""

import gc
import importlib
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import listener, state, users
from infra.local.account import ACCOUNT_ID, ADMIN_KEY, REGION, Account
from infra.local.clock import Clock

DEFAULT_PORT = 4577
# In the order in which they are installed: what one of them changes, a later one may use;
# the last one to wrap the application meets each request first.
PARTS = (
    "dynamodb",
    "s3",
    "rds",
    "functions",
    "stepfunctions",
    "events",
    "scheduler",
    "alarms",
    "topics",
    "ec2",
    "network",
    "ssm",
    "elbv2",
    "autoscaling",
    "route53",
    "cloudformation",
    "calls",
    "controls",
    "iam",
)


@dataclass(frozen=True)
class Options:
    """How to run an account: port 0 is any free one, a clock of 60 makes a minute a second.

    `systems` are the example systems that the bootstrap loads, all of them where it is None.
    """

    workdir: Path
    port: int = DEFAULT_PORT
    clock: float = 1.0
    bootstrap: bool = True
    systems: tuple[str, ...] | None = None


def say(line: str) -> None:
    """Tell the person or the process that waits how far the account is."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def serve(options: Options) -> None:
    """Run an account until SIGINT or SIGTERM, and end everything that it started.

    Prints `ready http://127.0.0.1:PORT` when it can be used. Raises AlreadyRunning, PortInUse,
    or whatever the bootstrap failed with; then nothing is left running either.
    """
    # What is in an account lives as long as it: Python need not look for it to be gone so often.
    gc.set_threshold(50_000, 20, 100)
    with ExitStack() as ending:
        ending.enter_context(_ended_by_signals())
        _start(options, ending)
        threading.Event().wait()


def _start(options: Options, ending: ExitStack) -> None:
    workdir = options.workdir
    ending.enter_context(state.hold(workdir))
    bound = ending.enter_context(listener.bind(options.port))
    ending.callback(state.forget, workdir)
    account = make_account(bound.getsockname()[1], options)
    _keep_to_this_account(account)
    ending.callback(account.stop)
    server = listener.make_listener(bound, install(account))
    thread = threading.Thread(target=server.serve_forever, name="listener", daemon=True)
    thread.start()
    ending.callback(server.server_close)
    ending.callback(server.shutdown)
    keys = users.make_users()
    state.write_credentials(workdir, {"default": keys["admin"], **keys})
    _write_state(account, ready=False)
    if options.bootstrap:
        from infra.local.bootstrap import bootstrap

        bootstrap(account, say, options.systems)
    _write_state(account, ready=True)
    say(f"ready {account.endpoint}")


def make_account(port: int, options: Options) -> Account:
    """Make the account's object, whose internal key is random in each run."""
    key = {**ADMIN_KEY, "SecretAccessKey": secrets.token_hex(20)}
    return Account(port=port, workdir=options.workdir, clock=Clock(options.clock), admin=key)


def install(account: Account) -> Any:
    """Install every part, and give the WSGI application that serves the account."""
    from moto.core.config import default_user_config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    app: Any = DomainDispatcherApplication(create_backend_app)
    for name in PARTS:
        part = importlib.import_module(f"infra.local.{name}")
        part.install(account)
        app = part.wrap(account, app) if hasattr(part, "wrap") else app
    return app


def _keep_to_this_account(account: Account) -> None:
    """Point every SDK client of this process here, so that none can reach a real account."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        os.environ.pop(name, None)
    os.environ.update(
        MOTO_PORT=str(account.port),
        AWS_ENDPOINT_URL=account.endpoint,
        AWS_ACCESS_KEY_ID=account.admin["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=account.admin["SecretAccessKey"],
        AWS_DEFAULT_REGION=REGION,
        AWS_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
    )


def _write_state(account: Account, ready: bool) -> None:
    state.write(
        account.workdir,
        state.Running(
            endpoint=account.endpoint,
            port=account.port,
            pid=os.getpid(),
            clock=account.clock.factor,
            region=REGION,
            account=ACCOUNT_ID,
            ready=ready,
        ),
    )


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into the quiet end of the block, once; cleaning up goes on."""

    def end(number: int, frame: Any) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    with suppress(KeyboardInterrupt):
        yield
