"""On-demand backups, and what a deleted table leaves."""

from datetime import timedelta


def names(desk, **asked):
    return [each["BackupName"] for each in desk.aws.list_backups(**asked)["BackupSummaries"]]


def test_a_backup_has_the_items_of_its_moment_and_outlives_its_table(desk):
    desk.create(pitr=False)
    desk.put(1)
    arn = desk.back_up()
    desk.put(2)
    desk.aws.delete_table(TableName="source")
    made = desk.aws.restore_table_from_backup(TargetTableName="copy1", BackupArn=arn)
    assert made["TableDescription"]["RestoreSummary"]["SourceBackupArn"] == arn
    assert set(desk.items("copy1")) == {"1"}
    desk.put(3, table="copy1")
    desk.aws.restore_table_from_backup(TargetTableName="copy2", BackupArn=arn)
    assert set(desk.items("copy2")) == {"1"}


def test_a_backup_is_described_with_its_table(desk):
    desk.create(pitr=False, Tags=[{"Key": "a", "Value": "b"}])
    desk.aws.update_time_to_live(
        TableName="source", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    described = desk.aws.describe_backup(BackupArn=desk.back_up())["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    created = described["BackupDetails"]["BackupCreationDateTime"]
    assert abs(created - desk.clock.now()) < timedelta(milliseconds=2)
    assert described["SourceTableDetails"]["TableName"] == "source"
    assert described["SourceTableDetails"]["BillingMode"] == "PAY_PER_REQUEST"
    features = described["SourceTableFeatureDetails"]
    assert features["TimeToLiveDescription"]["AttributeName"] == "expires"


def test_a_backup_takes_its_time_and_is_not_used_before(desk, refused):
    desk.create(pitr=False)
    desk.weather.set(backup_seconds=30)
    arn = desk.back_up()
    for call, asked in (
        (desk.aws.delete_backup, {"BackupArn": arn}),
        (desk.aws.restore_table_from_backup, {"TargetTableName": "copy1", "BackupArn": arn}),
    ):
        assert refused(call, **asked) == "BackupInUseException"
    desk.clock.advance(30)
    deleted = desk.aws.delete_backup(BackupArn=arn)["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    assert refused(desk.aws.describe_backup, BackupArn=arn) == "BackupNotFoundException"


def test_backups_are_listed_by_table_time_and_page(desk):
    desk.create("source", pitr=False)
    desk.create("other", pitr=False)
    for table, name in (("source", "one"), ("other", "two"), ("source", "three")):
        desk.back_up(table, name)
        desk.clock.advance(60)
    assert names(desk) == ["one", "two", "three"]
    assert names(desk, TableName="source") == ["one", "three"]
    since = desk.clock.now() - timedelta(seconds=130)
    assert names(desk, TimeRangeLowerBound=since) == ["two", "three"]
    assert names(desk, TimeRangeUpperBound=since) == ["one"]
    page = desk.aws.list_backups(Limit=2)
    assert len(page["BackupSummaries"]) == 2
    assert names(desk, ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"]) == ["three"]


def test_a_table_with_recovery_leaves_a_system_backup_for_35_days(desk, refused):
    desk.create()
    desk.put(1)
    desk.aws.delete_table(TableName="source")
    assert names(desk) == []
    (left,) = desk.aws.list_backups(BackupType="SYSTEM")["BackupSummaries"]
    assert left["BackupName"] == "source$DeletedTableBackup"
    desk.aws.restore_table_from_backup(TargetTableName="copy1", BackupArn=left["BackupArn"])
    assert set(desk.items("copy1")) == {"1"}
    desk.clock.advance(35 * 86_400)
    assert names(desk, BackupType="ALL") == []
    assert refused(desk.aws.describe_backup, BackupArn=left["BackupArn"]) == (
        "BackupNotFoundException"
    )


def test_a_backup_is_restored_in_another_region(desk):
    desk.create(pitr=False)
    desk.put(1)
    west = desk.client("us-west-2")
    west.restore_table_from_backup(TargetTableName="copy1", BackupArn=desk.back_up())
    assert west.scan(TableName="copy1")["Count"] == 1


def test_what_does_not_exist_is_not_backed_up(desk, refused):
    assert refused(desk.back_up) == "TableNotFoundException"
