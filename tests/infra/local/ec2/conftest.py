"""EC2 with weather, on a clock that stands still, and a client that does not retry by itself."""

import pytest
from weather import ec2_client, weathered


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
    return ec2_client()


@pytest.fixture
def refused():
    """Call something that EC2 refuses; give the error's code and its words."""

    def refused(call, **parameters):
        with pytest.raises(Exception, match="An error occurred") as caught:
            call(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refused
