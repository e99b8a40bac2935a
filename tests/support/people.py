"""An embedded account, acted on as its people act on it."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.local import state
from tasks import store
from workflows.cli.main import main
from workflows.cli.session import Session

ACCOUNT = "123456789012"
MACHINES = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:"
PATIENCE_SECONDS = 180.0
POLL_SECONDS = 0.05


def until(look, what):
    """Look until it gives something, and give that."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s for {what}")


class People:
    """The people of an account, through the doors that they have."""

    def __init__(self, account, folder):
        self.account, self.folder = account, folder
        self.session = Session(local=True, profile="admin")

    def daytwo(self, *arguments, who="alice"):
        """Run the command line as a person."""
        options = ["--local", "--profile", who]
        return CliRunner().invoke(main, [*arguments, *options])

    def said(self, *arguments, who="alice"):
        """Run the command line with --json, and give what it said."""
        result = self.daytwo(*arguments, "--json", who=who)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def aws(self, *arguments):
        """Run the AWS CLI as alice, and give its answer."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.account.workdir / "credentials"),
            "AWS_PROFILE": "alice",
            "AWS_DEFAULT_REGION": self.account.region,
        }
        command = [Path(sys.executable).with_name("aws"), "--endpoint-url", self.account.endpoint]
        done = subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def put(self, manifest):
        """Register a manifest with `daytwo systems put`."""
        path = self.folder / "system.json"
        path.write_text(json.dumps(manifest), "utf-8")
        result = self.daytwo("systems", "put", str(path), who="admin")
        assert result.exit_code == 0, result.output

    def begin(self, machine, document):
        """Start an execution as from the console, and give its ARN."""
        client = self.account.client("stepfunctions", "alice")
        arn = f"{MACHINES}{machine}"
        return client.start_execution(stateMachineArn=arn, input=json.dumps(document))[
            "executionArn"
        ]

    def end(self, execution):
        """Wait for the end of an execution, and describe it."""

        def ended():
            described = self.described(execution)
            return described if described["status"] != "RUNNING" else None

        return until(ended, f"the end of {execution}")

    def described(self, execution):
        """Describe an execution as of now."""
        client = self.account.client("stepfunctions", "alice")
        return client.describe_execution(executionArn=execution)

    def question(self, execution):
        """Wait for the approval that an execution asks for, and give its record."""
        key = store.approval(store.approval_id(execution))

        def asked():
            found = self.session.state.get(key)
            assert found or self.described(execution)["status"] == "RUNNING", execution
            return found

        return until(asked, f"the question of {execution}")

    def decide(self, execution, decision, who):
        """Approve or reject what an execution asked for."""
        identifier = self.question(execution)["sk"]
        return self.daytwo(decision, identifier, "--reason", "a test", who=who)


@contextlib.contextmanager
def here(account):
    """Point the command line at an account."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(state.DIRECTORY_VARIABLE, str(account.workdir))
        yield
