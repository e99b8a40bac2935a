"""What the restore of a table loses is brought back, and told however often it is asked."""

import dataclasses

import boto3
import pytest
from table_drills import EVIDENCE, INDEX, STATE, TableDrill, rich
from tables import COPY, SOURCE
from weather import weathered

from infra.local import dynamodb
from tasks.errors import AccessRefused, NotACopy, NothingToRestore
from tasks.restore import match_table
from tasks.tables import reapplying


@pytest.fixture
def table():
    with weathered(dynamodb) as account:
        yield TableDrill(account)


def test_everything_that_a_restore_loses_is_brought_back_or_left_for_a_reason(table):
    rich(table)
    table.restored()

    assert table.matched() == {
        "time to live": "reapplied",
        "stream": "reapplied",
        "point-in-time recovery": "reapplied",
        "tags": "reapplied",
        "alarm too-many-errors": "reapplied",
        "auto scaling dynamodb:table:ReadCapacityUnits": "reapplied",
        "deletion protection": "left",
        "resource policy": "left",
    }
    assert all(one["reason"] for one in table.match()["differences"] if one["outcome"] == "left")


def test_aws_says_the_same_of_the_copy(table):
    rich(table)
    table.restored()
    table.matched()

    found = table.aws.describe_table(TableName=COPY)["Table"]
    assert found["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert not found.get("DeletionProtectionEnabled")
    told = table.aws.describe_time_to_live(TableName=COPY)["TimeToLiveDescription"]
    assert told["AttributeName"] == "until"
    tags = table.aws.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "team": "feedback",
        "daytwo:drill": "monthly-1",
        "daytwo:drill-copy": COPY,
    }


def test_the_alarm_of_a_copy_calls_nobody(table):
    rich(table)
    table.restored()
    table.matched()

    (found,) = table.clients.cloudwatch.describe_alarms(AlarmNamePrefix=COPY)["MetricAlarms"]
    assert found["Dimensions"] == [{"Name": "TableName", "Value": COPY}]
    assert found["ActionsEnabled"] is False
    assert found["AlarmActions"] == []


def test_what_was_lost_is_told_again_after_it_is_back(table):
    rich(table)
    table.restored()
    first = table.matched()

    assert table.matched() == first
    (ttl,) = [one for one in table.match()["differences"] if one["setting"] == "time to live"]
    assert (ttl["expected"], ttl["observed"]) == ("until", "off")


def test_a_table_with_nothing_to_lose_has_lost_its_recovery_only(table):
    table.source()
    table.restored()

    assert table.matched() == {"point-in-time recovery": "reapplied"}


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        ("ttl", "time to live"),
        ("stream", "stream"),
        ("tags", "tags"),
        ("pitr", "point-in-time recovery"),
    ],
)
def test_a_setting_that_does_not_stick_is_lost(table, kind, setting):
    rich(table)
    table.restored()
    table.weather.add("setting_lost", types=kind)

    found = table.matched()

    assert {name for name, outcome in found.items() if outcome == "lost"} == {setting}


def test_the_copy_follows_what_the_source_is_set_to_now(table):
    table.source()
    table.restored()
    table.aws.update_table(
        TableName=SOURCE,
        TableClass="STANDARD_INFREQUENT_ACCESS",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3},
    )
    table.aws.update_contributor_insights(TableName=SOURCE, ContributorInsightsAction="ENABLE")

    assert table.matched() == {
        "billing": "reapplied",
        "table class": "reapplied",
        "contributor insights": "reapplied",
        "point-in-time recovery": "reapplied",
    }


def test_what_cannot_be_the_same_in_another_region_is_left(table):
    assert reapplying.reason_to_leave("encryption", elsewhere=True)
    assert not reapplying.reason_to_leave("encryption", elsewhere=False)
    assert reapplying.reason_to_leave("replicas", elsewhere=False)


def test_a_right_that_is_missing_is_told(table, refusing):
    rich(table)
    table.restored()
    refused = refusing(table.aws, "update_time_to_live", "AccessDeniedException")
    table.clients = dataclasses.replace(table.clients, dynamodb=refused)

    with pytest.raises(AccessRefused):
        table.matched()


def test_a_change_that_is_under_way_is_waited_for(table, refusing):
    rich(table)
    table.restored()
    busy = refusing(table.aws, "update_table", "ResourceInUseException")
    table.clients = dataclasses.replace(table.clients, dynamodb=busy)

    assert table.matched()["stream"] == "reapplied"
    assert busy.calls == 2


def test_a_missing_index_is_lost(table):
    table.source(GlobalSecondaryIndexes=[INDEX])
    table.weather.add("setting_lost", types="index")
    table.restored()

    assert table.matched()["index by-text"] == "lost"


def test_time_to_live_that_is_being_switched_on_is_on(table):
    rich(table)
    table.weather.set(ttl_seconds=3600)
    table.restored()

    assert table.matched()["time to live"] == "reapplied"


def test_a_source_without_recovery_is_given_a_way_back_where_harm_is_done(table):
    table.source()
    made = table.aws.create_backup(TableName=SOURCE, BackupName="weekly")["BackupDetails"]
    table.aws.update_continuous_backups(
        TableName=SOURCE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    table.point(kind="backup", id=made["BackupArn"])
    table.component = {**table.component, "options": {"corrupt_items": 3}}
    table.restored()

    assert table.matched() == {"point-in-time recovery": "reapplied"}


def test_a_source_is_never_changed(table):
    rich(table)
    before = table.aws.describe_table(TableName=SOURCE)["Table"]
    table.component = {**table.component, "copy": SOURCE}

    with pytest.raises(NotACopy):
        table.match()
    assert table.aws.describe_table(TableName=SOURCE)["Table"] == before


def test_a_copy_that_is_not_there_is_told(table):
    table.source()

    with pytest.raises(NothingToRestore, match=f"no table {COPY}"):
        table.match()


def test_the_function_answers_by_its_schema(table, monkeypatch):
    monkeypatch.setenv("STATE_TABLE", STATE)
    monkeypatch.setenv("EVIDENCE_BUCKET", EVIDENCE)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    rich(table)
    table.restored()
    request = {"component": table.component, "drill": table.drill, "now": table.now()}

    assert len(match_table.handler(request, None)["differences"]) == 8
    assert boto3.client("s3").list_objects_v2(Bucket=EVIDENCE)["KeyCount"] == 1
