"""EC2 with weather, on a clock that stands still, and a client that does not retry by itself."""

import boto3
import pytest
from botocore.config import Config
from weather import weathered

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def account():
    with weathered() as account:
        yield account


@pytest.fixture
def weather(account):
    return account.ec2_weather


@pytest.fixture
def clock(account):
    return account.clock


@pytest.fixture
def ec2(account):
    return boto3.client("ec2", region_name="us-east-1", config=ONCE)


@pytest.fixture
def refused():
    """Call something that EC2 refuses; give the error's code and its words."""

    def refused(call, **parameters):
        with pytest.raises(Exception, match="An error occurred") as caught:
            call(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refused
