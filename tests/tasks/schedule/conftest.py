"""A system on office hours with instances, for the tests of the schedules' tasks."""

import json

import boto3
import pytest
from schedules import manifest

from tasks import store

ARN = "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-schedule:"


def execution(name="tick-1"):
    """Name an execution of the schedules' workflow."""
    return {"id": ARN + name, "name": name, "started_at": "2026-01-12T08:00:00Z"}


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def register(state_table, dynamodb):
    """Register a manifest as if by hand; without one, the shop's."""

    def put(described=None, **fields):
        filled = described or manifest(**fields)
        item = {**store.system(filled["name"]), "manifest": json.dumps(filled)}
        dynamodb.put_item(TableName=state_table, Item=store.to_item(item))

    return put


@pytest.fixture
def launch(ec2):
    """Launch an instance of the shop with more tags; gives its id."""

    def run(state="running", **tags):
        named = {"System": "shop", **{key.replace("_", ":"): tags[key] for key in tags}}
        described = [{"Key": key, "Value": value} for key, value in named.items()]
        reply = ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": described}],
        )
        instance_id = reply["Instances"][0]["InstanceId"]
        if state == "stopped":
            ec2.stop_instances(InstanceIds=[instance_id])
        return instance_id

    return run


@pytest.fixture
def item(state_table, dynamodb):
    """Read an item of the state table as plain values; None if there is none."""

    def get(key):
        reply = dynamodb.get_item(TableName=state_table, Key=store.to_item(key))
        return store.from_item(reply["Item"]) if "Item" in reply else None

    return get
