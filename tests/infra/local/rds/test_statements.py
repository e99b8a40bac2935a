"""The Data API runs statements in databases, and keeps what they change."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as some
from weather import HandClock

from infra.local.rds.contents import Contents

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db"


@pytest.fixture
def run(account):
    once = Config(retries={"total_max_attempts": 1})
    data = boto3.client("rds-data", region_name="us-east-1", config=once)

    def run(arn, sql, **asked):
        return data.execute_statement(resourceArn=arn, secretArn=SECRET, sql=sql, **asked)

    return run


def test_values_come_back_as_they_went_in(instance, run):
    arn = instance()["DBInstanceArn"]
    run(arn, "create table t (a, b, c, d, e)")
    values = {
        "a": {"stringValue": "text"},
        "b": {"longValue": 2},
        "c": {"doubleValue": 2.5},
        "d": {"isNull": True},
        "e": {"blobValue": b"bytes"},
    }
    parameters = [{"name": name, "value": value} for name, value in values.items()]
    told = run(arn, "insert into t values (:a, :b, :c, :d, :e)", parameters=parameters)
    assert told["numberOfRecordsUpdated"] == 1
    told = run(arn, "select * from t", includeResultMetadata=True)
    assert told["records"] == [list(values.values())]
    assert [each["name"] for each in told["columnMetadata"]] == list("abcde")


def test_records_can_be_json(instance, run):
    arn = instance()["DBInstanceArn"]
    told = run(arn, "select 1 as number, 'x' as text", formatRecordsAs="JSON")
    assert told["formattedRecords"] == '[{"number": 1, "text": "x"}]'
    assert "records" not in told


def test_a_wrong_statement_is_answered_with_the_databases_words(instance, run):
    arn = instance()["DBInstanceArn"]
    with pytest.raises(ClientError, match="no such table: missing") as caught:
        run(arn, "select * from missing")
    assert caught.value.response["Error"]["Code"] == "DatabaseErrorException"


def test_a_database_that_is_not_available_is_not_read(instance, run, rds, weather):
    arn = instance()["DBInstanceArn"]
    weather.set(rebooting=60)
    rds.reboot_db_instance(DBInstanceIdentifier="orders")
    with pytest.raises(ClientError, match="DatabaseUnavailableException"):
        run(arn, "select 1")
    with pytest.raises(ClientError, match=r"BadRequestException.*not found"):
        run(arn.replace("orders", "others"), "select 1")


def test_a_cluster_is_reached_when_its_http_endpoint_is_enabled(cluster, run, rds):
    arn = cluster(EnableHttpEndpoint=False)["DBClusterArn"]
    with pytest.raises(ClientError, match="HttpEndpoint is not enabled"):
        run(arn, "select 1")
    rds.modify_db_cluster(DBClusterIdentifier="people", EnableHttpEndpoint=True)
    rds.describe_events()
    assert run(arn, "select 1")["records"] == [[{"longValue": 1}]]


@given(some.lists(some.integers(0, 5), max_size=8), some.integers(0, 8))
def test_the_data_as_of_a_moment_are_what_was_written_until_then(values, length):
    clock, contents = HandClock(), Contents()
    contents.run("create table t (value)", {}, clock.now())
    began = clock.now()
    for each in values:
        clock.advance(1)
        contents.run("insert into t values (:value)", {"value": each}, clock.now())
        contents.run("select * from t", {}, clock.now())
    then = contents.as_of(began + (clock.now() - began) * length / max(len(values), 1))
    rows = then.run("select value from t order by rowid", {}, clock.now()).rows
    assert [value for (value,) in rows] == values[:length]
    assert len(then.log) == 1 + len(rows)
