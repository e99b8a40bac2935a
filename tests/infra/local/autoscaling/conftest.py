"""Auto Scaling groups with weather, on a clock that stands still."""

import boto3
import pytest
from weather import weathered

from infra.local import autoscaling as scaling
from infra.local import elbv2 as balancers


@pytest.fixture
def account():
    with weathered(balancers, scaling) as account:
        yield account


@pytest.fixture
def weather(account):
    return account.weather["autoscaling"]


@pytest.fixture
def ec2(account):
    return boto3.client("ec2", region_name="us-east-1")


@pytest.fixture
def elbv2(account):
    return boto3.client("elbv2", region_name="us-east-1")


@pytest.fixture
def autoscaling(account):
    return boto3.client("autoscaling", region_name="us-east-1")
