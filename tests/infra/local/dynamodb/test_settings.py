"""Settings of tables: what takes, what is refused, and what the weather forgets."""

import pytest

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
POLICY = '{"Version":"2012-10-17","Statement":[]}'


def expire(desk, on=True, by="expires"):
    setting = {"Enabled": on, "AttributeName": by}
    desk.aws.update_time_to_live(TableName="source", TimeToLiveSpecification=setting)


def expiry(desk):
    return desk.aws.describe_time_to_live(TableName="source")["TimeToLiveDescription"]


def tags(desk):
    arn = desk.describe("source")["TableArn"]
    return desk.aws.list_tags_of_resource(ResourceArn=arn)["Tags"]


@pytest.fixture
def table(desk):
    desk.create(pitr=False)
    desk.arn = desk.describe("source")["TableArn"]
    return desk


def test_expiry_is_set_once_and_refused_while_it_settles(table, refused):
    table.weather.set(ttl_seconds=3_600)
    expire(table)
    assert expiry(table) == {"TimeToLiveStatus": "ENABLING", "AttributeName": "expires"}
    assert refused(expire, table, on=False) == "ValidationException"
    table.clock.advance(3_600)
    assert expiry(table)["TimeToLiveStatus"] == "ENABLED"
    for again in ({"on": True}, {"on": False, "by": "other"}):
        assert refused(expire, table, **again) == "ValidationException"
    expire(table, on=False)
    table.clock.advance(3_600)
    assert expiry(table) == {"TimeToLiveStatus": "DISABLED"}
    assert refused(expire, table, on=False) == "ValidationException"


def test_expired_items_go_in_their_time_and_can_be_gone_back_to(desk):
    desk.create()
    expire(desk)
    soon = str(int(desk.clock.now().timestamp()) + 60)
    desk.put(1, expires={"N": soon})
    desk.put(2, expires={"S": soon})
    desk.put(3)
    desk.clock.advance(600)
    assert set(desk.items("source")) == {"1", "2", "3"}
    before = desk.clock.now()
    desk.weather.set(expiry_seconds=600)
    desk.clock.advance(61)
    assert set(desk.items("source")) == {"2", "3"}
    desk.clock.advance(600)
    desk.restore(at=before)
    assert set(desk.items("copy1")) == {"1", "2", "3"}


def test_a_stream_is_switched_off_and_on_again(table, refused):
    table.aws.update_table(TableName="source", StreamSpecification=STREAM)
    assert refused(table.aws.update_table, TableName="source", StreamSpecification=STREAM) == (
        "ResourceInUseException"
    )
    table.put(1)
    table.aws.update_table(TableName="source", StreamSpecification={"StreamEnabled": False})
    table.put(2)
    assert "StreamSpecification" not in table.describe("source")
    table.clock.advance(1)
    table.aws.update_table(TableName="source", StreamSpecification=STREAM)
    assert table.describe("source")["StreamSpecification"] == STREAM


def add_index(desk):
    schema = [{"AttributeName": "kind", "KeyType": "HASH"}]
    names = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind")]
    index = {"IndexName": "by-kind", "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
    desk.aws.update_table(
        TableName="source",
        AttributeDefinitions=names,
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )


def test_a_new_index_is_filled_in_its_time(table):
    table.weather.set(update_seconds=30)
    add_index(table)
    (index,) = table.describe("source")["GlobalSecondaryIndexes"]
    assert (index["IndexStatus"], index["Backfilling"]) == ("CREATING", True)
    table.clock.advance(30)
    (index,) = table.describe("source")["GlobalSecondaryIndexes"]
    assert index["IndexStatus"] == "ACTIVE"
    assert "Backfilling" not in index


def test_a_tag_is_replaced_by_one_of_its_name(table):
    for value in ("one", "two"):
        table.aws.tag_resource(ResourceArn=table.arn, Tags=[{"Key": "team", "Value": value}])
    assert tags(table) == [{"Key": "team", "Value": "two"}]
    table.aws.untag_resource(ResourceArn=table.arn, TagKeys=["team"])
    assert tags(table) == []


def test_class_encryption_insights_and_policy_are_kept(table, refused):
    table.aws.update_table(
        TableName="source",
        TableClass="STANDARD_INFREQUENT_ACCESS",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/own"},
    )
    told = table.describe("source")
    assert told["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert told["SSEDescription"]["Status"] == "ENABLED"
    table.aws.update_contributor_insights(TableName="source", ContributorInsightsAction="ENABLE")
    insights = table.aws.describe_contributor_insights(TableName="source")
    assert insights["ContributorInsightsStatus"] == "ENABLED"
    table.aws.put_resource_policy(ResourceArn=table.arn, Policy=POLICY)
    assert table.aws.get_resource_policy(ResourceArn=table.arn)["Policy"] == POLICY
    table.aws.delete_table(TableName="source")
    table.create(pitr=False)
    assert refused(table.aws.get_resource_policy, ResourceArn=table.arn) == (
        "PolicyNotFoundException"
    )


def test_what_is_protected_is_not_deleted(table, refused):
    table.aws.update_table(TableName="source", DeletionProtectionEnabled=True)
    assert refused(table.aws.delete_table, TableName="source") == "ValidationException"
    table.aws.update_table(TableName="source", DeletionProtectionEnabled=False)
    table.aws.delete_table(TableName="source")


def test_a_deletion_may_be_refused(table, refused):
    table.weather.add("undeletable", ids="source", times=1)
    table.weather.add("undeletable", code="AccessDeniedException", times=1)
    assert refused(table.aws.delete_table, TableName="source") == "ResourceInUseException"
    assert refused(table.aws.delete_table, TableName="source") == "AccessDeniedException"
    table.aws.delete_table(TableName="source")


@pytest.mark.parametrize(
    ("kind", "change", "kept"),
    [
        ("ttl", expire, lambda desk: expiry(desk)["TimeToLiveStatus"] == "ENABLED"),
        (
            "stream",
            lambda desk: desk.aws.update_table(TableName="source", StreamSpecification=STREAM),
            lambda desk: "StreamSpecification" in desk.describe("source"),
        ),
        (
            "tags",
            lambda desk: desk.aws.tag_resource(
                ResourceArn=desk.arn, Tags=[{"Key": "a", "Value": "b"}]
            ),
            lambda desk: bool(tags(desk)),
        ),
        (
            "pitr",
            lambda desk: desk.protect(),
            lambda desk: desk.window()["PointInTimeRecoveryStatus"] == "ENABLED",
        ),
        (
            "new_index",
            add_index,
            lambda desk: bool(desk.describe("source")["GlobalSecondaryIndexes"]),
        ),
        (
            "deletion_protection",
            lambda desk: desk.aws.update_table(TableName="source", DeletionProtectionEnabled=True),
            lambda desk: desk.describe("source")["DeletionProtectionEnabled"],
        ),
        (
            "resource_policy",
            lambda desk: desk.aws.put_resource_policy(ResourceArn=desk.arn, Policy=POLICY),
            lambda desk: has_policy(desk),
        ),
    ],
)
def test_a_setting_is_accepted_and_forgotten_in_bad_weather_only(table, kind, change, kept):
    table.weather.add("setting_lost", types=kind, times=1)
    change(table)
    assert not kept(table)
    change(table)
    assert kept(table)


def has_policy(desk):
    try:
        desk.aws.get_resource_policy(ResourceArn=desk.arn)
    except desk.aws.exceptions.PolicyNotFoundException:
        return False
    return True
