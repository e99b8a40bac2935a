"""A small running account with functions, and how to make one from a few lines of code."""

import io
import json
import os
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import embedded
import pytest

from infra.local import functions
from infra.local.account import Account

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}


def zipped(**sources: str) -> bytes:
    """Make a zip of modules; `app="…"` becomes app.py, `python__lib="…"` python/lib.py."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, source in sources.items():
            archive.writestr(name.replace("__", "/") + ".py", textwrap.dedent(source))
    return packed.getvalue()


@dataclass
class Cloud:
    """The account with its clients, and short ways to do what most tests do."""

    account: Account
    role: str
    zipped = staticmethod(zipped)

    def client(self, service: str) -> Any:
        """Give a client that may do everything."""
        return self.account.client(service)

    def create(self, name: str, source: str, **settings: Any) -> dict[str, Any]:
        """Create a function whose module `app` has the source, with `app.handler`."""
        return self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="app.handler",
            Role=self.role,
            Code={"ZipFile": zipped(app=source)},
            **{"Timeout": 10, **settings},
        )

    def update(self, name: str, source: str, **settings: Any) -> dict[str, Any]:
        """Bring new code to a function."""
        return self.client("lambda").update_function_code(
            FunctionName=name, ZipFile=zipped(app=source), **settings
        )

    def invoke(self, name: str, event: Any = None, **settings: Any) -> tuple[Any, dict[str, Any]]:
        """Invoke a function; give its answer, parsed, and the whole reply."""
        reply = self.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps(event), **settings
        )
        return json.loads(reply["Payload"].read() or "null"), reply

    @staticmethod
    def until(condition: Callable[[], Any]) -> Any:
        """Wait for something to become true, and give it."""
        for _ in range(3000):
            if found := condition():
                return found
            time.sleep(0.01)
        raise AssertionError("it did not become true in thirty seconds")

    @staticmethod
    def gone(pid: int) -> bool:
        """Tell whether a process has ended, after a moment's patience."""
        for _ in range(3000):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.01)
        return False

    def log(self, group: str) -> list[str]:
        """Give all lines of a log group."""
        events = self.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events]

    def metric(self, name: str, namespace: str = "AWS/Lambda", **dimensions: str) -> list[float]:
        """Give the values of a metric with exactly these dimensions."""
        from moto.cloudwatch.models import cloudwatch_backends

        data = cloudwatch_backends["123456789012"]["us-east-1"].metric_data
        return [
            datum.value
            for datum in data
            if (datum.namespace, datum.name) == (namespace, name)
            and {one.name: one.value for one in datum.dimensions} == dimensions
        ]


class Signing:
    """Stands for the IAM part: says who has signed a request, by a header."""

    @staticmethod
    def install(account: Account) -> None:
        """Change nothing."""

    @staticmethod
    def wrap(account: Account, app: Any) -> Any:
        """Give each request its principal."""

        def signed(environ: dict[str, Any], start_response: Any) -> Any:
            name = environ.pop("HTTP_X_TEST_USER", None)
            if name:
                environ["daytwo.principal"] = {
                    "arn": f"arn:aws:iam::123456789012:user/{name}",
                    "account": "123456789012",
                    "user_id": f"AIDA{name.upper()}",
                    "access_key_id": f"AKIA{name.upper()}",
                }
            return app(environ, start_response)

        return signed


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A running account; its clock runs a thousand times as fast."""
    workdir = tmp_path_factory.mktemp("account")
    with embedded.running(workdir, functions, Signing, factor=1000) as account:
        role = account.client("iam").create_role(
            RoleName="functions", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        yield Cloud(account, role["Role"]["Arn"])
