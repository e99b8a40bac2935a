"""Global tables: what is written in one Region reaches the others after a while."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


class Pair:
    """A table of us-east-1 and its replica in us-west-2."""

    def __init__(self, desk):
        self.desk = desk
        self.east, self.west = desk.aws, desk.client("us-west-2")

    def change(self, **asked):
        return self.east.update_table(TableName="source", ReplicaUpdates=[asked])

    def put(self, client, key, value):
        client.put_item(TableName="source", Item={"id": {"S": key}, "v": {"S": value}})

    def values(self, client):
        items = client.scan(TableName="source")["Items"]
        return {item["id"]["S"]: item["v"]["S"] for item in items}


@pytest.fixture
def pair(desk):
    desk.create(pitr=False, StreamSpecification=STREAM, Tags=[{"Key": "a", "Value": "b"}])
    pair = Pair(desk)
    pair.put(pair.east, "1", "old")
    pair.change(Create={"RegionName": "us-west-2"})
    return pair


def test_a_replica_has_what_there_was_and_takes_what_is_written(pair):
    assert pair.values(pair.west) == {"1": "old"}
    pair.desk.weather.set(replica_seconds=2)
    pair.put(pair.east, "2", "new")
    pair.east.delete_item(TableName="source", Key={"id": {"S": "1"}})
    pair.desk.clock.advance(1)
    assert pair.values(pair.west) == {"1": "old"}
    pair.desk.clock.advance(1)
    assert pair.values(pair.west) == {"2": "new"}
    pair.put(pair.west, "3", "back")
    pair.desk.clock.advance(2)
    assert pair.values(pair.east) == {"2": "new", "3": "back"}


def test_each_names_the_other_and_its_settings_are_its_own(pair):
    for client, other in ((pair.east, "us-west-2"), (pair.west, "us-east-1")):
        told = client.describe_table(TableName="source")["Table"]
        assert [each["RegionName"] for each in told["Replicas"]] == [other]
    arn = pair.west.describe_table(TableName="source")["Table"]["TableArn"]
    assert pair.west.list_tags_of_resource(ResourceArn=arn)["Tags"] == []


def test_the_last_writer_wins_in_both_regions(pair):
    pair.desk.weather.set(replica_seconds=10)
    pair.put(pair.west, "1", "first")
    pair.desk.clock.advance(5)
    pair.put(pair.east, "1", "second")
    pair.desk.clock.advance(20)
    assert pair.values(pair.east) == pair.values(pair.west) == {"1": "second"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.booleans()),
        max_size=15,
    )
)
def test_all_regions_end_with_the_same_items_whoever_wrote_when(pair, writes):
    regions = ("us-east-1", "us-west-2", "eu-west-1")
    clients = [pair.desk.client(region) for region in regions]
    if len(pair.desk.describe("source")["Replicas"]) == 1:
        pair.change(Create={"RegionName": regions[2]})
    for number, (where, key, wait, late) in enumerate(writes):
        pair.desk.weather.set(replica_seconds=3 if late else 1)
        pair.put(clients[where], str(key), str(number))
        pair.desk.clock.advance(wait)
        pair.values(clients[key])
    pair.desk.clock.advance(60)
    east, west, europe = (pair.values(client) for client in clients)
    assert east == west == europe


def test_a_replica_may_be_slow(pair):
    pair.desk.weather.set(slow_replica_seconds=100)
    pair.desk.weather.add("slow_replica", zones="us-west-2", times=1)
    pair.put(pair.east, "2", "late")
    pair.put(pair.east, "3", "behind it")
    pair.desk.clock.advance(99)
    assert pair.values(pair.west) == {"1": "old"}
    pair.desk.clock.advance(1)
    assert set(pair.values(pair.west)) == {"1", "2", "3"}


def test_what_was_updated_or_cancelled_arrives_as_it_ended(pair):
    update = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "set"}}}
    pair.east.update_item(TableName="source", Key={"id": {"S": "4"}}, **update)
    put = {"TableName": "source", "Item": {"id": {"S": "5"}}}
    check = {"TableName": "source", "Key": {"id": {"S": "no"}}}
    with pytest.raises(pair.east.exceptions.TransactionCanceledException):
        pair.east.transact_write_items(
            TransactItems=[
                {"Put": put},
                {"ConditionCheck": {**check, "ConditionExpression": "attribute_exists(id)"}},
            ]
        )
    assert pair.values(pair.west) == {"1": "old", "4": "set"}


def test_a_replica_is_removed_or_stays_alone(pair, refused):
    pair.change(Delete={"RegionName": "us-west-2"})
    assert refused(pair.west.describe_table, TableName="source") == "ResourceNotFoundException"
    assert "Replicas" not in pair.desk.describe("source")
    pair.change(Create={"RegionName": "us-west-2"})
    pair.east.delete_table(TableName="source")
    assert "Replicas" not in pair.west.describe_table(TableName="source")["Table"]
    pair.put(pair.west, "6", "alone")
    assert set(pair.values(pair.west)) == {"1", "6"}


def test_a_replica_needs_a_stream_and_a_free_name(desk, refused):
    desk.create(pitr=False)
    create = [{"Create": {"RegionName": "us-west-2"}}]
    asked = {"TableName": "source", "ReplicaUpdates": create}
    assert refused(desk.aws.update_table, **asked) == "ValidationException"
    desk.aws.update_table(TableName="source", StreamSpecification=STREAM)
    desk.aws.update_table(**asked)
    assert refused(desk.aws.update_table, **asked) == "ValidationException"
    other = [{"Delete": {"RegionName": "eu-west-1"}}]
    assert refused(desk.aws.update_table, TableName="source", ReplicaUpdates=other) == (
        "ReplicaNotFoundException"
    )


def test_a_restored_table_has_no_replicas_and_writes_to_it_stay_there(pair):
    pair.desk.protect()
    pair.desk.clock.advance(600)
    pair.desk.restore()
    pair.desk.put(9, table="copy1")
    assert "Replicas" not in pair.desk.describe("copy1")
    assert set(pair.values(pair.west)) == {"1"}
