"""Instances in the embedded account's EC2, whose weather and clock a test sets."""

from collections import Counter

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from ec2_plans import ec2, plan, put  # noqa: F401
from fleets import make_fleet
from serving import autoscaling, elbv2, group, grouped, run, serving  # noqa: F401
from weather import weathered

from infra.local import autoscaling as scaling
from infra.local import elbv2 as balancers
from tasks import runtime

REGION = "us-east-1"


@pytest.fixture
def account(monkeypatch):
    """EC2, balancers and groups with weather; time passes by `account.clock.advance(seconds)`."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered(balancers, scaling) as account:
        yield account


@pytest.fixture
def skies(account):
    """The weather of EC2."""
    return account.ec2_weather


@pytest.fixture
def cloud(account):
    """A client of EC2 that makes each call once, and counts them in `cloud.calls`."""
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    client = boto3.client("ec2", config=once)
    client.calls = Counter()

    def count(model, **_):
        client.calls[model.name] += 1

    client.meta.events.register("before-call.ec2", count)
    return client


@pytest.fixture
def running(cloud):
    """Five running instances."""
    return make_fleet(cloud, 5)


@pytest.fixture
def stopped(cloud):
    """Five stopped instances."""
    ids = make_fleet(cloud, 5, state="stopped")
    cloud.calls.clear()
    return ids


@pytest.fixture
def hooked():
    """Call something with the parameters of each call that a task makes of an operation."""
    hooks = []

    def hook(service, operation, seen, attempts=3):
        client = runtime.client(service, {}, attempts=attempts)
        event = f"before-parameter-build.*.{operation}"
        client.meta.events.register(event, seen)
        hooks.append(lambda: client.meta.events.unregister(event, seen))
        return hooks[-1]

    yield hook
    for unhook in hooks:
        unhook()


@pytest.fixture
def calls(hooked):
    """List the parameters of each call of an operation: calls("autoscaling", "EnterStandby")."""

    def calls(service, operation, **client):
        seen = []
        hooked(service, operation, lambda params, **_: seen.append(params), **client)
        return seen

    return calls


@pytest.fixture
def refuse(hooked):
    """Let AWS refuse an operation to tasks, where its parameters are such; gives how to end it."""

    def refuse(service, operation, code, message="no", when=lambda parameters: True, **client):
        def answer(params, **_):
            if when(params):
                raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

        return hooked(service, operation, answer, **client)

    return refuse
