"""Point-in-time recovery: items as they were at any second of the window."""

from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.dynamodb.models import dynamodb_backends

from infra.local.account import ACCOUNT_ID, REGION
from infra.local.dynamodb.tables import facts_of

S = [{"S": str(number)} for number in range(10)]


def now(desk):
    return desk.clock.now().replace(microsecond=0)


def test_a_table_is_restored_as_it_was_at_a_second_whatever_was_done_since(desk):
    desk.create()
    for number in range(6):
        desk.put(number, v=S[1])
    before, at = desk.items("source"), now(desk)
    desk.clock.advance(60)
    desk.put(0, v=S[2])
    desk.aws.update_item(
        TableName="source",
        Key={"id": S[1]},
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": S[2]},
    )
    desk.aws.delete_item(TableName="source", Key={"id": S[2]})
    desk.aws.batch_write_item(
        RequestItems={
            "source": [
                {"PutRequest": {"Item": {"id": S[7]}}},
                {"DeleteRequest": {"Key": {"id": S[3]}}},
            ]
        }
    )
    desk.aws.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "source", "Item": {"id": S[8]}}},
            {"Delete": {"TableName": "source", "Key": {"id": S[4]}}},
        ]
    )
    desk.aws.execute_statement(Statement="DELETE FROM source WHERE id='5'")
    desk.clock.advance(600)
    desk.restore(at=at)
    assert desk.items("copy1") == before
    assert set(desk.items("source")) == {"0", "1", "7", "8"}


def test_writes_to_a_copy_do_not_change_its_source_nor_the_other_way(desk):
    desk.create()
    desk.put(1, v=S[1])
    desk.clock.advance(600)
    desk.restore()
    update = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": S[2]}}
    desk.aws.update_item(TableName="copy1", Key={"id": S[1]}, **update)
    assert desk.items("source")["1"]["v"] == S[1]
    desk.aws.delete_item(TableName="source", Key={"id": S[1]})
    assert desk.items("copy1")["1"]["v"] == S[2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9) | st.none()), min_size=1, max_size=25)
)
def test_every_second_of_the_window_can_be_gone_back_to(desk, writes):
    desk.weather.set(latest_seconds=0)
    desk.create("source", keys=("id", "at"))
    try:
        moments, there = [], {}
        for key, value in writes:
            names = {"id": S[key % 2], "at": S[key]}
            if value is None:
                desk.aws.delete_item(TableName="source", Key=names)
                there.pop(f"{key % 2}{key}", None)
            else:
                desk.aws.put_item(TableName="source", Item={**names, "v": S[value]})
                there[f"{key % 2}{key}"] = value
            moments.append((now(desk), dict(there)))
            desk.clock.advance(1)
        for index, (at, expected) in enumerate(moments):
            desk.restore(f"copy-{index}", at=at)
            found = desk.items(f"copy-{index}")
            assert {key: int(item["v"]["S"]) for key, item in found.items()} == expected
    finally:
        for name in desk.aws.list_tables()["TableNames"]:
            desk.aws.delete_table(TableName=name)


def test_a_second_has_what_was_written_in_it_and_the_one_before_has_not(desk):
    desk.create()
    desk.clock.advance(10)
    desk.put(1)
    at = now(desk)
    desk.clock.advance(600)
    desk.restore("with-it", at=at)
    desk.restore("without-it", at=at - timedelta(seconds=1))
    assert (len(desk.items("with-it")), len(desk.items("without-it"))) == (1, 0)


def test_the_window_begins_with_the_switch_and_ends_five_minutes_ago(desk):
    desk.create()
    began = now(desk)
    window = desk.window()
    assert window["EarliestRestorableDateTime"] == began
    assert window["LatestRestorableDateTime"] == began
    desk.clock.advance(3_600)
    window = desk.window()
    assert window["EarliestRestorableDateTime"] == began
    assert window["LatestRestorableDateTime"] == now(desk) - timedelta(minutes=5)
    assert window["RecoveryPeriodInDays"] == 35


def test_what_is_older_than_the_period_is_forgotten(desk):
    desk.create(pitr=False)
    desk.protect(RecoveryPeriodInDays=1)
    for number in range(5):
        desk.put(number)
    table = dynamodb_backends[ACCOUNT_ID][REGION].tables["source"]
    history = facts_of(table).history
    assert len(history) == 5
    desk.clock.advance(2 * 86_400)
    assert desk.window()["EarliestRestorableDateTime"] == now(desk) - timedelta(days=1)
    desk.put(5)
    assert len(history) == 1


@pytest.mark.parametrize("seconds", [-1, 301])
def test_a_moment_outside_the_window_is_refused(desk, refused, seconds):
    desk.create()
    began = now(desk)
    desk.clock.advance(600)
    code = refused(desk.restore, at=began + timedelta(seconds=seconds))
    assert code == "InvalidRestoreTimeException"


def test_without_recovery_nothing_is_restored_and_its_history_is_not_taken_up_again(desk, refused):
    desk.create(pitr=False)
    assert desk.window() == {"PointInTimeRecoveryStatus": "DISABLED"}
    assert refused(desk.restore) == "PointInTimeRecoveryUnavailableException"
    desk.protect()
    at = now(desk)
    desk.clock.advance(600)
    desk.protect(on=False)
    desk.clock.advance(600)
    desk.protect()
    assert refused(desk.restore, at=at) == "InvalidRestoreTimeException"


@pytest.mark.parametrize("days", [0, 36])
def test_a_period_that_dynamodb_does_not_have_is_refused(desk, days):
    desk.create(pitr=False)
    with pytest.raises((ClientError, ParamValidationError)):
        desk.protect(RecoveryPeriodInDays=days)
    assert desk.window() == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_an_update_that_is_refused_half_way_changes_nothing(desk, refused):
    desk.create()
    desk.put(1, v=S[1])
    code = refused(
        desk.aws.update_item,
        TableName="source",
        Key={"id": S[1]},
        UpdateExpression="SET v = :v, w = missing",
        ExpressionAttributeValues={":v": S[2]},
    )
    assert code == "ValidationException"
    assert desk.items("source")["1"] == {"id": S[1], "v": S[1]}


def test_a_table_is_restored_into_another_region_by_its_arn(desk):
    desk.create()
    desk.put(1)
    desk.clock.advance(600)
    west = desk.client("us-west-2")
    table = desk.restore(SourceTableArn=desk.describe("source")["TableArn"], aws=west)
    assert ":us-west-2:" in table["TableArn"]
    assert west.scan(TableName="copy1")["Count"] == 1


def test_what_is_imported_is_there_and_can_be_recovered(desk):
    desk.create()
    desk.put(1, v=S[1])
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="exports")
    desk.aws.export_table_to_point_in_time(
        TableArn=desk.describe("source")["TableArn"], S3Bucket="exports", S3Prefix="one"
    )
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="exports")["Contents"]]
    made = desk.aws.import_table(
        S3BucketSource={"S3Bucket": "exports", "S3KeyPrefix": keys[0]},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "imported",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    )
    assert made["ImportTableDescription"]["ImportStatus"] == "COMPLETED"
    desk.protect("imported")
    desk.clock.advance(600)
    arn = desk.describe("imported")["TableArn"]
    desk.restore(SourceTableArn=arn)
    assert desk.items("copy1") == desk.items("source")


def test_there_is_no_source_of_that_name_or_in_that_account(desk, refused):
    assert refused(desk.restore) == "TableNotFoundException"
    desk.create()
    other = desk.describe("source")["TableArn"].replace(ACCOUNT_ID, "999999999999")
    assert refused(desk.restore, SourceTableArn=other) == "TableNotFoundException"


def test_a_restore_and_a_backup_hold_no_item_twice(desk):
    desk.create()
    for number in range(30):
        desk.put(number)
    backend = dynamodb_backends[ACCOUNT_ID][REGION]
    desk.clock.advance(600)
    desk.restore()
    arn = desk.back_up()
    desk.put(1, v=S[2])
    held = [
        [item for _, item in items.scanned()]
        for items in (
            backend.tables["source"].items,
            backend.tables["copy1"].items,
            backend.backups[arn].items,
        )
    ]
    assert len({id(item) for items in held for item in items}) == 31
