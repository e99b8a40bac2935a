"""Reads of the state table."""

import boto3
import moto
import pytest

from tasks import store
from workflows.state import read_several


@pytest.fixture
def dynamodb(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="state",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


class Reluctant:
    """DynamoDB that leaves all but the first ten keys of each call over."""

    def __init__(self, real):
        self.real, self.calls = real, 0

    def batch_get_item(self, RequestItems):
        self.calls += 1
        keys = RequestItems["state"]["Keys"]
        reply = self.real.batch_get_item(RequestItems={"state": {"Keys": keys[:10]}})
        return {**reply, "UnprocessedKeys": {"state": {"Keys": keys[10:]}} if keys[10:] else {}}


@pytest.mark.parametrize("number", [0, 1, 100, 101, 250])
def test_records_are_read_a_hundred_in_a_call(dynamodb, number):
    keys = [store.operation(f"stop-{n}") for n in range(number)]
    for key in keys[::2]:
        dynamodb.put_item(TableName="state", Item=store.to_item(key))

    found = read_several("state", keys, dynamodb)

    assert sorted(record["sk"] for record in found) == sorted(key["sk"] for key in keys[::2])


def test_what_dynamodb_leaves_over_is_asked_for_again(dynamodb):
    keys = [store.operation(f"stop-{n}") for n in range(35)]
    for key in keys:
        dynamodb.put_item(TableName="state", Item=store.to_item(key))
    reluctant = Reluctant(dynamodb)

    assert len(read_several("state", keys, reluctant)) == 35
    assert reluctant.calls == 4
