"""Scans and queries: their pages, segments, cost and words."""

import base64

import pytest
from moto.dynamodb.models.dynamo_type import Item


@pytest.fixture
def table(desk):
    desk.create(
        keys=("id", "at"),
        pitr=False,
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for number in range(40):
        desk.put(
            number % 10, at={"S": str(number // 10)}, kind={"S": "odd" if number % 2 else "even"}
        )
    return desk


def pages(desk, **asked):
    found = list(desk.aws.get_paginator("scan").paginate(TableName="source", **asked))
    return [[item["id"]["S"] + item["at"]["S"] for item in page["Items"]] for page in found]


def test_pages_of_a_limit_give_each_item_once(table):
    found = pages(table, Limit=7)
    assert [len(page) for page in found] == [7, 7, 7, 7, 7, 5]
    assert len({key for page in found for key in page}) == 40


def test_a_limit_that_is_reached_ends_a_page_even_where_nothing_follows(table):
    assert [len(page) for page in pages(table, Limit=20)] == [20, 20, 0]
    asked = {
        "TableName": "source",
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "3"}},
    }
    page = table.aws.query(**asked, Limit=4)
    assert page["LastEvaluatedKey"] == {"id": {"S": "3"}, "at": {"S": "3"}}
    rest = table.aws.query(**asked, Limit=4, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert (rest["Items"], "LastEvaluatedKey" in rest) == ([], False)


def test_a_filtered_page_goes_on_after_what_was_looked_at(table):
    asked = {
        "FilterExpression": "kind = :k",
        "ExpressionAttributeValues": {":k": {"S": "odd"}},
        "Limit": 8,
    }
    assert sum(len(page) for page in pages(table, **asked)) == 20


@pytest.mark.parametrize("segments", [1, 3, 16])
def test_segments_together_give_each_item_once_and_partitions_whole(table, segments):
    found = [
        [
            key
            for page in pages(table, Segment=each, TotalSegments=segments, Limit=5)
            for key in page
        ]
        for each in range(segments)
    ]
    assert sorted(key for part in found for key in part) == sorted(table.items("source"))
    for part in found:
        assert all(sum(key[0] == one[0] for key in part) == 4 for one in part)


def test_a_page_ends_with_a_megabyte_and_costs_what_was_read(table):
    big = {"S": "x" * 300_000}
    for number in range(5):
        table.put("big", at={"S": str(number)}, body=big)
    answer = table.aws.scan(TableName="source", ReturnConsumedCapacity="TOTAL")
    assert "LastEvaluatedKey" in answer
    assert 900_000 / 8_192 < answer["ConsumedCapacity"]["CapacityUnits"] < 1_000_000 / 8_192


def test_a_filter_counts_what_was_scanned(table):
    few = table.aws.scan(
        TableName="source",
        FilterExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "odd"}},
    )
    assert (few["ScannedCount"], few["Count"]) == (40, 20)


def test_a_query_reads_one_partition_in_the_order_of_its_sort_keys(table):
    asked = {
        "TableName": "source",
        "KeyConditionExpression": "id = :id AND #at >= :at",
        "ExpressionAttributeNames": {"#at": "at"},
        "ExpressionAttributeValues": {":id": {"S": "3"}, ":at": {"S": "1"}},
    }
    page = table.aws.query(**asked, Limit=2)
    assert [item["at"]["S"] for item in page["Items"]] == ["1", "2"]
    rest = table.aws.query(**asked, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [item["at"]["S"] for item in rest["Items"]] == ["3"]
    back = table.aws.query(**asked, ScanIndexForward=False)
    assert [item["at"]["S"] for item in back["Items"]] == ["3", "2", "1"]
    asked["ExpressionAttributeValues"][":id"] = {"S": "none"}
    assert table.aws.query(**asked)["Items"] == []


def test_a_query_of_an_index_finds_what_has_its_key(table):
    found = table.aws.query(
        TableName="source",
        IndexName="by-kind",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "odd"}},
    )
    assert {item["id"]["S"] for item in found["Items"]} == {"1", "3", "5", "7", "9"}
    assert found["Count"] == 20


def test_an_item_without_an_index_s_key_is_in_none_of_its_partitions(table):
    table.put(99, at={"S": "0"})
    asked = {"IndexName": "by-kind", "KeyConditionExpression": "kind = :k"}
    asked["ExpressionAttributeValues"] = {":k": {"S": "none"}}
    assert table.aws.query(TableName="source", **asked)["Items"] == []


def test_a_scan_of_an_index_gives_what_is_in_it_page_by_page(table, refused):
    table.put("bare", at={"S": "0"})
    found = pages(table, IndexName="by-kind", Limit=16)
    assert [len(page) for page in found] == [16, 16, 8]
    assert len({key for page in found for key in page}) == 40
    page = table.aws.scan(TableName="source", IndexName="by-kind", Limit=1)
    assert set(page["LastEvaluatedKey"]) == {"id", "at", "kind"}
    code = refused(table.aws.scan, TableName="source", IndexName="none")
    assert code == "ValidationException"


@pytest.mark.parametrize("more", [{}, {"Segment": 1, "TotalSegments": 2}, {"IndexName": "by-kind"}])
def test_a_page_looks_at_no_more_than_it_holds(table, monkeypatch, more):
    looked_at, plain = [], Item.size
    monkeypatch.setattr(Item, "size", lambda item: looked_at.append(id(item)) or plain(item))
    table.aws.scan(TableName="source", Limit=3, **more)
    assert len(set(looked_at)) <= 4


def test_values_of_every_type_come_back_as_they_were_written(desk):
    desk.create(pitr=False)
    item = {
        "id": {"S": "ü"},
        "n": {"N": "-1.5"},
        "b": {"B": b"\x00\xff"},
        "bs": {"BS": [b"\x01", b"\x02"]},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]},
        "no": {"NULL": True},
        "yes": {"BOOL": False},
        "list": {"L": [{"S": ""}, {"M": {"deep": {"B": base64.b64encode(b"x")}}}]},
        "map": {"M": {"list": {"L": [{"N": "1"}]}, "S": {"S": "S"}}},
    }
    desk.aws.put_item(TableName="source", Item=item)
    key = {"id": item["id"]}
    assert desk.aws.get_item(TableName="source", Key=key)["Item"] == item
    assert desk.aws.scan(TableName="source")["Items"] == [item]
    batch = desk.aws.batch_get_item(RequestItems={"source": {"Keys": [key]}})
    assert batch["Responses"]["source"] == [item]
    got = desk.aws.transact_get_items(TransactItems=[{"Get": {"TableName": "source", "Key": key}}])
    assert got["Responses"] == [{"Item": item}]


def test_a_read_of_what_is_not_there_says_nothing(desk):
    desk.create(pitr=False)
    assert "Item" not in desk.aws.get_item(TableName="source", Key={"id": {"S": "1"}})
    got = desk.aws.transact_get_items(
        TransactItems=[{"Get": {"TableName": "source", "Key": {"id": {"S": "1"}}}}]
    )
    assert got["Responses"] == [{}]


def test_the_weather_answers_a_call_with_an_error(desk, refused):
    desk.create(pitr=False)
    desk.weather.add("error", actions="Scan", ids="source", code="ThrottlingException", times=2)
    for _ in range(2):
        assert refused(desk.aws.scan, TableName="source") == "ThrottlingException"
    assert desk.aws.scan(TableName="source")["Count"] == 0


def test_no_more_than_25_items_are_written_at_once(desk, refused):
    desk.create(pitr=False)
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(26)]
    code = refused(desk.aws.batch_write_item, RequestItems={"source": puts})
    assert code == "ValidationException"
    desk.aws.batch_write_item(RequestItems={"source": puts[:25]})
    assert len(desk.items("source")) == 25
