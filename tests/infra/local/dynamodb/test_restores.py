"""What a restore keeps and loses, how long it takes, and what the weather makes of it."""

import pytest

GLOBAL = {
    "IndexName": "by-kind",
    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
LOCAL = {
    "IndexName": "by-age",
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "age", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


@pytest.fixture
def full(desk):
    """A source with everything that a table can have, and ten items."""
    desk.create(
        keys=("id", "at"),
        GlobalSecondaryIndexes=[GLOBAL],
        LocalSecondaryIndexes=[LOCAL],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        Tags=[{"Key": "team", "Value": "feedback"}],
        DeletionProtectionEnabled=True,
        SSESpecification={"Enabled": True},
    )
    desk.aws.update_time_to_live(
        TableName="source",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    for number in range(10):
        desk.put(number, at={"S": "0"}, v={"N": str(number)})
    desk.clock.advance(600)
    return desk


def test_indexes_capacity_and_encryption_come_back(full):
    full.restore()
    source, copy = full.describe("source"), full.describe("copy1")
    assert copy["KeySchema"] == source["KeySchema"]
    assert copy["SSEDescription"] == source["SSEDescription"]
    assert copy["BillingModeSummary"] == source["BillingModeSummary"]
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        assert [each["IndexName"] for each in copy[kind]] == [
            each["IndexName"] for each in source[kind]
        ]
    names = [each["AttributeName"] for each in copy["AttributeDefinitions"]]
    assert sorted(names) == ["age", "at", "id", "kind"]


@pytest.mark.parametrize("by", ["moment", "backup"])
def test_what_aws_loses_is_lost(full, by):
    if by == "moment":
        full.restore()
    else:
        full.aws.restore_table_from_backup(TargetTableName="copy1", BackupArn=full.back_up())
    copy = full.describe("copy1")
    assert "StreamSpecification" not in copy
    assert copy["DeletionProtectionEnabled"] is False
    assert full.aws.list_tags_of_resource(ResourceArn=copy["TableArn"])["Tags"] == []
    ttl = full.aws.describe_time_to_live(TableName="copy1")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "DISABLED"}
    assert full.window("copy1") == {"PointInTimeRecoveryStatus": "DISABLED"}
    assert copy["RestoreSummary"]["SourceTableArn"] == full.describe("source")["TableArn"]
    assert ("SourceBackupArn" in copy["RestoreSummary"]) is (by == "backup")


def test_a_restore_may_leave_indexes_out_and_change_how_it_is_billed(full, refused):
    full.restore(
        GlobalSecondaryIndexOverride=[],
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
    )
    copy = full.describe("copy1")
    assert copy["GlobalSecondaryIndexes"] == []
    assert copy["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert copy["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert "kind" not in [each["AttributeName"] for each in copy["AttributeDefinitions"]]
    other = [{**GLOBAL, "IndexName": "another"}]
    assert refused(full.restore, "copy2", GlobalSecondaryIndexOverride=other) == (
        "ValidationException"
    )


def test_a_restore_takes_its_time_and_its_items_are_not_there_before(full, refused):
    full.weather.set(restore_seconds=1_200)
    made = full.restore()
    assert (made["TableStatus"], made["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
    assert refused(full.aws.scan, TableName="copy1") == "ResourceNotFoundException"
    arn = made["TableArn"]
    ttl = {"Enabled": True, "AttributeName": "expires"}
    for call, asked, code in (
        ("delete_table", {"TableName": "copy1"}, "ResourceInUseException"),
        (
            "update_time_to_live",
            {"TableName": "copy1", "TimeToLiveSpecification": ttl},
            "ResourceInUseException",
        ),
        ("tag_resource", {"ResourceArn": arn, "Tags": []}, "ResourceInUseException"),
        ("create_backup", {"TableName": "copy1", "BackupName": "one"}, "TableInUseException"),
    ):
        assert refused(getattr(full.aws, call), **asked) == code
    assert refused(full.protect, "copy1") == "ContinuousBackupsUnavailableException"
    assert refused(full.restore) == "TableInUseException"
    full.clock.advance(1_199)
    assert full.status("copy1") == "CREATING"
    full.clock.advance(1)
    assert full.status("copy1") == "ACTIVE"
    assert full.describe("copy1")["RestoreSummary"]["RestoreInProgress"] is False
    assert len(full.items("copy1")) == 10
    assert refused(full.restore) == "TableAlreadyExistsException"


def test_no_more_than_fifty_are_restored_at_once(desk, refused):
    desk.create()
    desk.weather.set(restore_seconds=60)
    for number in range(50):
        desk.restore(f"copy-{number}")
    assert refused(desk.restore) == "LimitExceededException"
    desk.clock.advance(60)
    assert desk.restore()["TableStatus"] == "CREATING"


def test_a_table_is_deleted_in_its_time(desk, refused):
    desk.create()
    desk.weather.set(delete_seconds=30)
    deleted = desk.aws.delete_table(TableName="source")["TableDescription"]
    assert deleted["TableStatus"] == desk.status("source") == "DELETING"
    assert refused(desk.aws.delete_table, TableName="source") == "ResourceInUseException"
    desk.clock.advance(30)
    assert refused(desk.describe, "source") == "ResourceNotFoundException"


def test_a_table_takes_one_update_after_the_other(desk, refused):
    desk.create()
    desk.weather.set(update_seconds=20)
    protect = {"TableName": "source", "DeletionProtectionEnabled": False}
    desk.aws.update_table(**protect)
    assert desk.status("source") == "UPDATING"
    desk.put(1)
    assert refused(desk.aws.update_table, **protect) == "ResourceInUseException"
    assert refused(desk.aws.delete_table, TableName="source") == "ResourceInUseException"
    desk.clock.advance(20)
    assert desk.status("source") == "ACTIVE"
    desk.aws.delete_table(TableName="source")


def test_items_are_counted_every_six_hours_only(desk):
    desk.create()
    for number in range(3):
        desk.put(number)
    assert desk.describe("source")["ItemCount"] == 0
    desk.clock.advance(6 * 3_600)
    assert desk.describe("source")["ItemCount"] == 3
    desk.put(3)
    assert desk.describe("source")["ItemCount"] == 3
    assert desk.describe("source")["TableSizeBytes"] == 3 * len("id0")


def test_a_corrupted_restore_differs_in_so_many_items_and_no_keys(full):
    full.weather.set(corrupted_items=2)
    full.weather.add("corrupted", ids="copy1")
    full.restore()
    full.restore("copy2")
    source, copy = full.items("source"), full.items("copy1")
    assert set(copy) == set(source)
    assert sum(copy[key] != source[key] for key in source) == 2
    assert full.items("copy2") == source


def test_a_truncated_restore_lacks_so_many_items(full):
    full.weather.set(truncated_items=3)
    full.weather.add("truncated", ids="source", times=1)
    full.restore()
    full.restore("copy2")
    assert len(full.items("copy1")) == 7
    assert len(full.items("copy2")) == 10


def test_a_stale_restore_is_older_than_it_says(desk):
    desk.create()
    desk.put(1)
    desk.clock.advance(3_600)
    desk.put(2)
    desk.clock.advance(3_600)
    desk.weather.set(stale_seconds=4_000)
    desk.weather.add("stale", times=1)
    at = desk.window()["LatestRestorableDateTime"]
    assert desk.restore()["RestoreSummary"]["RestoreDateTime"] == at
    assert set(desk.items("copy1")) == {"1"}
    desk.restore("copy2")
    assert set(desk.items("copy2")) == {"1", "2"}


def test_a_restore_may_never_end_or_end_without_its_key(desk, refused):
    desk.create()
    desk.weather.add("never_restored", ids="copy1")
    desk.weather.add("restore_failed", ids="copy2")
    for name in ("copy1", "copy2"):
        desk.restore(name)
    desk.clock.advance(10 * 86_400)
    assert desk.status("copy1") == "CREATING"
    assert desk.status("copy2") == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    assert refused(desk.aws.scan, TableName="copy2") == "ValidationException"
    desk.aws.delete_table(TableName="copy2")
    assert refused(desk.describe, "copy2") == "ResourceNotFoundException"


def test_a_restore_may_forget_an_index(full):
    full.weather.add("setting_lost", types="index")
    full.restore()
    assert full.describe("copy1")["GlobalSecondaryIndexes"] == []
    assert len(full.items("copy1")) == 10
