"""A fresh account after its bootstrap: daytwo, the sample system and its releases are there."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.local.bootstrap import SetUpFailed, bootstrap, load
from infra.local.control import running
from workflows import systems
from workflows.cli.local import local
from workflows.state import StateTable

AWS = Path(sys.executable).with_name("aws")
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:daytwo-promotion"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def account(told):
    with running(clock=60, systems=("feedback",), relay=told.append) as account:
        yield account


def aws(account, *arguments):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(account.workdir),
        "AWS_SHARED_CREDENTIALS_FILE": str(account.workdir / "credentials"),
        "AWS_PROFILE": "alice",
        "AWS_DEFAULT_REGION": account.region,
    }
    done = subprocess.run(
        [AWS, "--endpoint-url", account.endpoint, "--output", "json", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_tells_each_step_and_at_the_end_that_it_is_ready(account, told):
    assert told == [
        "deploying daytwo",
        "deploying feedback-deployment",
        "deploying feedback-dev",
        "deploying feedback-staging",
        "deploying feedback-prod",
        "registering feedback",
        "publishing feedback 1.0.0",
        "publishing feedback 1.1.0",
        "publishing feedback 1.2.0",
        f"ready {account.endpoint}",
    ]


def test_status_lists_the_stacks(account):
    result = CliRunner().invoke(local, ["status", "--workdir", str(account.workdir)])
    assert result.exit_code == 0
    assert result.output.splitlines()[-5:] == [
        f"stack {name}: CREATE_COMPLETE"
        for name in (
            "daytwo",
            "feedback-deployment",
            "feedback-dev",
            "feedback-staging",
            "feedback-prod",
        )
    ]


def test_a_system_of_a_manifest_alone_is_registered(account, tmp_path):
    environment = {"name": "dev", "stack": "fleet-dev"}
    (tmp_path / "system.json").write_text(
        json.dumps({"name": "fleet", "environments": [environment]}), "utf-8"
    )
    stack = account.client("cloudformation").describe_stacks(StackName="daytwo")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    told = []
    load(tmp_path, account, outputs, told.append)
    assert told == ["registering fleet"]
    table = StateTable(outputs["StateTableName"], account.client("dynamodb"))
    assert systems.environment(systems.get("fleet", table), "dev")["stack"] == "fleet-dev"


def test_an_unknown_system_is_refused_before_anything_is_deployed(account):
    told = []
    with pytest.raises(SetUpFailed, match="there is no example system feedbak; those of"):
        bootstrap(account, told.append, only=("feedbak",))
    assert told == []


def test_the_aws_cli_starts_an_execution_without_a_name_and_sees_it_end(account):
    started = aws(
        account,
        *("stepfunctions", "start-execution"),
        *("--state-machine-arn", MACHINE, "--input", '{"system": "nobody"}'),
    )
    give_up = time.monotonic() + PATIENCE_SECONDS
    described = {"status": "RUNNING"}
    while described["status"] == "RUNNING" and time.monotonic() < give_up:
        described = aws(
            account,
            *("stepfunctions", "describe-execution"),
            *("--execution-arn", started["executionArn"]),
        )
    assert described["status"] == "FAILED"
    assert described["error"] == "FailedClean"
    assert "release" in described["cause"]


def test_the_sample_system_answers_through_its_alias(account):
    invoked = account.client("lambda").invoke(FunctionName="feedback-dev-health", Qualifier="live")
    assert json.loads(invoked["Payload"].read())["statusCode"] == 503
