"""DynamoDB: transactions that are all or nothing, however large their tables are."""

import threading
import time

import pytest
from botocore.exceptions import ClientError
from embedded import running
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler
from moto_source import still_says

from infra.local import dynamodb as part
from infra.local.dynamodb import requests

# Taken before any account changes them.
TRANSACT, ANSWER = DynamoDBBackend.transact_write_items, DynamoHandler.call_action


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with running(tmp_path_factory.mktemp("account"), part) as account:
        yield account


@pytest.fixture
def dynamodb(account):
    client = account.client("dynamodb")
    for name, names in (("state", ("pk", "sk")), ("audit", ("id",))):
        kinds = zip(names, ("HASH", "RANGE"), strict=False)
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
            KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in kinds],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
    yield client
    for name in ("state", "audit"):
        client.delete_table(TableName=name)


def state(number, **attributes):
    return {"pk": {"S": "one"}, "sk": {"S": str(number)}, **attributes}


def put(table, item, condition=""):
    conditions = {"ConditionExpression": condition} if condition else {}
    return {"Put": {"TableName": table, "Item": item, **conditions}}


def items(dynamodb, table):
    return dynamodb.scan(TableName=table)["Items"]


def records(account, table):
    streams = account.client("dynamodbstreams")
    stream = streams.list_streams(TableName=table)["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return streams.get_records(ShardIterator=iterator)["Records"]


def test_a_transaction_writes_to_all_its_tables(dynamodb):
    dynamodb.put_item(TableName="state", Item=state(1, n={"N": "1"}))
    dynamodb.put_item(TableName="state", Item=state(2))
    add = {
        "TableName": "state",
        "Key": state(1),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    dynamodb.transact_write_items(
        TransactItems=[
            {"Update": add},
            {"Delete": {"TableName": "state", "Key": state(2)}},
            put("audit", {"id": {"S": "i-1"}}, "attribute_not_exists(id)"),
        ]
    )
    assert items(dynamodb, "state") == [state(1, n={"N": "2"})]
    assert items(dynamodb, "audit") == [{"id": {"S": "i-1"}}]


def test_a_cancelled_transaction_changes_nothing_and_names_its_reasons(dynamodb, account):
    dynamodb.put_item(TableName="state", Item=state(1, n={"N": "1"}))
    dynamodb.put_item(TableName="state", Item=state(2))
    dynamodb.put_item(TableName="audit", Item={"id": {"S": "i-1"}})
    add = {
        "TableName": "state",
        "Key": state(1),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    with pytest.raises(ClientError) as cancelled:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Update": add},
                {"Delete": {"TableName": "state", "Key": state(2)}},
                put("state", state(3)),
                put("audit", {"id": {"S": "i-2"}}),
                put("audit", {"id": {"S": "i-1"}}, "attribute_not_exists(id)"),
            ]
        )
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None"] * 4 + ["ConditionalCheckFailed"]
    assert items(dynamodb, "state") == [state(1, n={"N": "1"}), state(2)]
    assert items(dynamodb, "audit") == [{"id": {"S": "i-1"}}]
    assert len(records(account, "audit")) == 1


def test_a_transaction_that_names_an_item_twice_is_refused_and_changes_nothing(dynamodb):
    twice = [put("audit", {"id": {"S": "i-1"}}), put("audit", {"id": {"S": "i-1"}})]
    with pytest.raises(ClientError, match="multiple operations on one item"):
        dynamodb.transact_write_items(TransactItems=twice)
    assert items(dynamodb, "audit") == []


def test_what_a_transaction_holds_does_not_grow_with_its_tables(dynamodb, monkeypatch):
    for number in range(50):
        dynamodb.put_item(TableName="state", Item=state(number))
    copied = []
    plain = requests.copy.deepcopy

    def watched(value, *memo):
        copied.append(value)
        return plain(value, *memo)

    monkeypatch.setattr(requests.copy, "deepcopy", watched)
    dynamodb.transact_write_items(TransactItems=[put("state", state(51))])
    assert [value for value in copied if value is not None] == []


def test_an_update_that_makes_an_item_is_one_record_of_the_stream(account, dynamodb):
    for value in ("one", "two"):
        dynamodb.update_item(
            TableName="audit",
            Key={"id": {"S": "new"}},
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": {"S": value}},
        )
    found = records(account, "audit")
    assert [each["eventName"] for each in found] == ["INSERT", "MODIFY"]
    assert found[0]["dynamodb"]["NewImage"] == {"id": {"S": "new"}, "v": {"S": "one"}}
    numbers = [int(each["dynamodb"]["SequenceNumber"]) for each in found]
    assert numbers[1] == numbers[0] + 1


def test_of_those_who_write_under_one_condition_exactly_one_succeeds(account, dynamodb):
    won = []

    def write(number):
        try:
            dynamodb.put_item(
                TableName="audit",
                Item={"id": {"S": "lock"}, "by": {"N": str(number)}},
                ConditionExpression="attribute_not_exists(id)",
            )
            won.append(number)
        except ClientError as refused:
            assert refused.response["Error"]["Code"] == "ConditionalCheckFailedException"

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_one_request_waits_for_the_other(dynamodb, monkeypatch):
    at_once, most = [], []
    plain = DynamoDBBackend.get_item

    def slow(*args, **kwargs):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.02)
        at_once.pop()
        return plain(*args, **kwargs)

    monkeypatch.setattr(DynamoDBBackend, "get_item", slow)
    reads = [
        threading.Thread(target=dynamodb.get_item, kwargs={"TableName": "state", "Key": state(n)})
        for n in range(4)
    ]
    for read in reads:
        read.start()
    for read in reads:
        read.join()
    assert max(most) == 1


def test_moto_still_copies_the_tables_of_a_transaction():
    copies = "original_table_state[table_name] = copy.deepcopy(self.tables[table_name])"
    assert still_says(TRANSACT, copies)


def test_moto_still_answers_requests_beside_each_other():
    assert not still_says(ANSWER, "lock")
