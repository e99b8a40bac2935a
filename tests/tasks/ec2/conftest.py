"""Instances in the embedded account's EC2, whose weather and clock a test sets."""

from collections import Counter

import boto3
import pytest
from botocore.config import Config
from fleets import make_fleet
from weather import weathered

REGION = "us-east-1"


@pytest.fixture
def account(monkeypatch):
    """EC2 with weather; time passes by `account.clock.advance(seconds)`."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with weathered() as account:
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
