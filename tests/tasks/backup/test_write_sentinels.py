"""Quiet tables get a record every few minutes, and nothing of the system is written over."""

import json
from types import SimpleNamespace

import boto3
import pytest
from backups import ACCOUNT, NOW, shop

from tasks import store
from tasks.backup import write_sentinels
from tasks.backups import sentinels

CONTEXT = SimpleNamespace(invoked_function_arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f")
KEY = {"id": {"S": "daytwo-sentinel"}}
NOON = "2026-11-02T12:00:00Z"


def table(name, **fields):
    described = {"name": name, "type": "dynamodb_table", "table": f"shop-{{environment}}-{name}"}
    return {**described, "sentinel": KEY, **fields}


@pytest.fixture
def register(dynamodb, state_table):
    def put(*parts):
        manifest = json.dumps(shop(list(parts)))
        item = store.to_item({**store.system("shop"), "manifest": manifest})
        dynamodb.put_item(TableName=state_table, Item=item)
        for part in parts:
            dynamodb.create_table(
                TableName=part["table"].replace("{environment}", "prod"),
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            )

    return put


def write(now=NOON):
    return write_sentinels.handler({"system": "shop", "environment": "prod", "now": now}, CONTEXT)


def sentinel(name="orders"):
    found = boto3.client("dynamodb").get_item(TableName=f"shop-prod-{name}", Key=KEY)
    return found.get("Item")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("iso", {"S": NOON}),
        ("epoch_seconds", {"N": "1793620800"}),
        ("epoch_milliseconds", {"N": "1793620800000"}),
    ],
)
def test_the_record_says_when_it_was_written_as_the_tables_items_do(register, written, expected):
    register(table("orders", changed_attribute="changed", changed_format=written))

    assert write() == {"written": ["orders"], "failed": []}
    assert sentinel() == {**KEY, "daytwo_sentinel_at": {"S": NOON}, "changed": expected}


def test_the_next_record_takes_the_place_of_the_last(register):
    register(table("orders"))

    write(NOON)
    write("2026-11-02T12:05:00Z")

    assert sentinel()["daytwo_sentinel_at"] == {"S": "2026-11-02T12:05:00Z"}


def test_an_item_of_the_system_under_that_key_is_left_alone(register, dynamodb):
    register(table("orders"))
    theirs = {**KEY, "text": {"S": "dear customer"}}
    dynamodb.put_item(TableName="shop-prod-orders", Item=theirs)

    (failed,) = write()["failed"]

    assert failed["component"] == "orders"
    assert "shop-prod-orders" in failed["reason"]
    assert sentinel() == theirs


def test_a_table_that_is_gone_keeps_no_other_from_its_record(register, dynamodb):
    register(table("orders"), table("baskets"))
    dynamodb.delete_table(TableName="shop-prod-orders")

    answer = write()

    assert answer["written"] == ["baskets"]
    assert [entry["component"] for entry in answer["failed"]] == ["orders"]
    assert sentinel("baskets")


def test_tables_without_a_sentinel_and_those_of_other_environments_get_none(register):
    register(table("orders", sentinel={}), table("baskets", environments=["dev"]))

    assert write() == {"written": [], "failed": []}
    assert sentinel() is None
    assert sentinel("baskets") is None


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        (KEY, True),
        ({"id": {"S": "a"}, "at": {"N": "0"}}, True),
        ({}, False),
        ({"id": "a"}, False),
        ({"id": {"B": "a"}}, False),
        ({"id": {"S": "a", "N": "1"}}, False),
        ({"a": {"S": "a"}, "b": {"S": "b"}, "c": {"S": "c"}}, False),
        ({"id": {"N": 1}}, False),
    ],
)
def test_a_sentinels_key_is_one_or_two_texts_or_numbers(key, fits):
    assert sentinels.is_well_formed(key) is fits


def test_the_moment_of_the_functions_own_clock_plays_no_part(register):
    register(table("orders"))

    write(NOW)

    assert sentinel()["daytwo_sentinel_at"] == {"S": NOW}
