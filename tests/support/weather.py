"""EC2 with weather in the test's own process, on a clock that the test moves."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws

from infra.local import ec2
from infra.local.account import Account
from infra.local.clock import Clock


class HandClock(Clock):
    """A clock that stands still until `advance(seconds)`; whoever waits on it moves it."""

    def __init__(self) -> None:
        super().__init__()
        self._advanced = 0.0

    def now(self):
        return self._started_at + timedelta(seconds=self._advanced)

    def advance(self, seconds: float) -> None:
        """Let account seconds pass."""
        self._advanced += seconds

    def wait(self, account_seconds: float, woken: threading.Event | None = None) -> bool:
        self.advance(account_seconds)
        return woken is not None and woken.is_set()


@contextlib.contextmanager
def weathered(*parts: Any, clock: Clock | None = None) -> Iterator[Account]:
    """Mock AWS with the embedded account's EC2 and these parts of infra.local beside it.

    `account.ec2_weather.set(pending=30)`, `account.clock.advance(30)`; the clients are
    boto3's own, made in the block.
    """
    with mock_aws():
        account = Account(port=0, workdir=Path(), clock=clock or HandClock())
        try:
            for part in (ec2, *parts):
                part.install(account)
            yield account
        finally:
            account.stop()


@cache
def ec2_client() -> Any:
    """Give a client that asks once for each call; to be asked for inside `weathered`.

    It is made once for all tests, as reading EC2's model takes half a second.
    """
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("ec2", region_name="us-east-1", config=once)
