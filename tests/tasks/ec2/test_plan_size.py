"""What planning takes grows little with the fleet: a row each, and never a whole answer."""

import tracemalloc
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from ec2_plans import execution, request

from tasks.ec2 import plan_operation

BYTES_A_ROW = 1000


def described(number):
    return {
        "InstanceId": f"i-{number:017x}",
        "InstanceType": "t3.micro",
        "State": {"Name": "running"},
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "PrivateIpAddress": f"10.0.{number >> 8}.{number & 255}",
        "Placement": {"AvailabilityZone": "us-east-1a"},
        "Tags": [{"Key": "Environment", "Value": "dev"}, {"Key": "Name", "Value": f"w-{number}"}],
        "Padding": ["x" * 1000 + str(number) for _ in range(10)],
    }


class Pages:
    def __init__(self, operation, count):
        self.operation, self.count = operation, count

    def paginate(self, **call):
        if self.operation != "describe_instances":
            yield {"InstanceTypes": [], "TargetGroups": [], "Items": []}
            return
        for start in range(0, self.count, 500):
            end = min(start + 500, self.count)
            yield {"Reservations": [{"Instances": [described(at) for at in range(start, end)]}]}


class Client:
    """Answers with a fleet of this size, made page by page."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, count):
        self.count = count

    def get_paginator(self, operation):
        return Pages(operation, self.count)

    def put_object(self, Body, **call):
        Body.seek(0, 2)


@pytest.fixture
def peak(aws):
    """Give the bytes that planning a fleet takes at most."""

    def measure(count):
        asked = request("stop", limits={"max_instances": 10_000})
        tracemalloc.start()
        try:
            planned = plan_operation.plan(
                asked, execution(), datetime.now(UTC), "t", "b", lambda *_: Client(count)
            )
            assert planned["to_act"] == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    measure(100)
    return measure


def test_ten_thousand_instances_take_little_more_than_a_thousand(peak):
    assert peak(10_000) - peak(1_000) < 9_000 * BYTES_A_ROW
