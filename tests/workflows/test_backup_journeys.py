"""Backups with their real tasks on an account with weather, from the plan to the record."""

import json

import boto3
import pytest
from backup_house import backup_house, make_database, make_stack, make_table, make_volume
from backups import shop
from fleets import AMI

from tasks.backups import records

PARTS = [
    {
        "name": "orders",
        "type": "dynamodb_table",
        "table": "shop-{environment}-orders",
        "changed_attribute": "changed",
        "segments": 2,
    },
    {"name": "ledger", "type": "rds_instance", "instance": "shop-{environment}-ledger"},
    {"name": "disks", "type": "ebs_volumes", "tags": {"Name": "shop-{environment}-data"}},
]
ITEMS = 30
MARKED = [{"Name": "tag-key", "Values": ["daytwo:backup"]}]
NAMED = [{"Name": "tag:Name", "Values": ["shop-prod-data"]}]


@pytest.fixture
def account():
    with backup_house() as made:
        make_table("shop-prod-orders", ITEMS)
        make_database("shop-prod-ledger")
        make_volume("shop-prod-data")
        make_stack("shop-prod")
        made.clock.advance(3600)
        yield made


def manifest_of(account, row):
    return json.loads(account.object(row["manifest_key"]))


def test_a_system_is_backed_up_with_a_manifest_for_each_component(account):
    account.register(shop(PARTS))

    result = account.back_up()

    assert (result.status, result.cause) == ("SUCCEEDED", None)
    rows = {name: few[0] for name, few in account.rows().items()}
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(
        ("orders", "ledger", "disks"), "good"
    )
    manifest = manifest_of(account, rows["orders"])
    assert manifest["digest"]["items"] == ITEMS
    assert manifest["detail"]["schema"]["keys"] == ["id"]
    assert manifest_of(account, rows["ledger"])["digest"] == {}


def test_the_stack_is_exported(account):
    account.register(shop(PARTS))

    result = account.back_up(kind="exports")

    assert (result.status, result.cause) == ("SUCCEEDED", None)
    (row,) = account.rows()["stack"]
    assert json.loads(account.object(row["points"][0]["id"]))


def test_a_table_that_is_gone_leaves_the_others_good(account):
    account.register(shop(PARTS))
    account.dynamodb.delete_table(TableName="shop-prod-orders")

    result = account.back_up()

    assert (result.status, result.error) == ("FAILED", "Incomplete")
    assert {name: few[0]["status"] for name, few in account.rows().items()} == {
        "orders": "failed",
        "ledger": "good",
        "disks": "good",
    }
    assert "orders: BackupFailed" in result.cause


def test_a_table_under_load_is_digested_as_of_its_backup(account):
    account.register(shop(PARTS))
    late = {"id": {"S": "late"}, "changed": {"S": "2099-01-01T00:00:00Z"}}
    account.dynamodb.put_item(TableName="shop-prod-orders", Item=late)

    account.back_up(components=["orders"])

    digest = manifest_of(account, account.rows()["orders"][0])["digest"]
    assert (digest["items"], digest["later"]) == (ITEMS, 1)


def test_copies_go_to_the_other_region_and_a_table_says_that_it_stays(account):
    account.register(shop(PARTS, copies=[{"region": "us-west-2"}]))

    result = account.back_up()

    assert (result.status, result.cause) == ("SUCCEEDED", None)
    copies = {name: few[0]["copies"][0] for name, few in account.rows().items()}
    assert {name: copy["state"] for name, copy in copies.items()} == {
        "orders": "not_copied",
        "ledger": "copied",
        "disks": "copied",
    }
    west = boto3.client("ec2", region_name="us-west-2")
    (snapshot,) = west.describe_snapshots(OwnerIds=["self"], Filters=MARKED)["Snapshots"]
    assert snapshot["SnapshotId"] == copies["disks"]["points"][0]["id"]
    assert boto3.client("rds", region_name="us-west-2").describe_db_snapshots()["DBSnapshots"]


def test_old_backups_and_their_copies_go_when_newer_ones_are_there(account):
    few = {"retention_days": 1, "keep_at_least": 2, "copies": [{"region": "us-west-2"}]}
    account.register(shop(PARTS, **few))

    for _ in range(4):
        result = account.back_up()
        assert (result.status, result.cause) == ("SUCCEEDED", None)
        account.clock.advance(2 * 24 * 3600)

    assert {name: len(rows) for name, rows in account.rows().items()} == dict.fromkeys(
        ("orders", "ledger", "disks"), 2
    )
    west = boto3.client("ec2", region_name="us-west-2")
    assert len(account.dynamodb.list_backups()["BackupSummaries"]) == 2
    assert len(west.describe_snapshots(OwnerIds=["self"], Filters=MARKED)["Snapshots"]) == 2
    made = boto3.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert len(made) == 2


def test_what_daytwo_did_not_make_is_there_after_any_pruning(account):
    account.register(shop(PARTS, retention_days=1, keep_at_least=1))
    theirs = account.dynamodb.create_backup(
        TableName="shop-prod-orders", BackupName="before-migration"
    )["BackupDetails"]["BackupArn"]
    volume = account.ec2.describe_volumes(Filters=NAMED)["Volumes"][0]["VolumeId"]
    snapshot = account.ec2.create_snapshot(VolumeId=volume)["SnapshotId"]

    for _ in range(3):
        account.back_up()
        account.clock.advance(2 * 24 * 3600)

    kept = [entry["BackupArn"] for entry in account.dynamodb.list_backups()["BackupSummaries"]]
    assert theirs in kept
    assert account.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]


@pytest.mark.parametrize("task", ["back_up_table", "write_manifest", "record_backup"])
def test_a_function_that_dies_after_its_work_leaves_nothing_twice(account, task):
    account.register(shop(PARTS))

    result = account.back_up(tasks=account.killed(task, family="backup"), components=["orders"])

    assert result.status == "SUCCEEDED"
    assert len(account.dynamodb.list_backups()["BackupSummaries"]) == 1
    assert [row["status"] for row in account.rows()["orders"]] == ["good"]


@pytest.mark.parametrize(
    "call", ["dynamodb:CreateBackup", "dynamodb:Scan", "rds:CreateDBSnapshot", "ec2:CreateSnapshot"]
)
def test_throttling_is_waited_out(account, call):
    account.register(shop(PARTS))
    account.throttled[call] = 5

    result = account.back_up()

    assert (result.status, result.cause) == ("SUCCEEDED", None)
    assert account.throttled[call] == 0


def test_what_a_cut_off_backup_made_goes_with_its_copies_when_its_time_has_come(account):
    policy = {"retention_days": 1, "keep_at_least": 1, "copies": [{"region": "us-west-2"}]}
    account.register(shop(PARTS, **policy))

    account.back_up(tasks={"backup_write_manifest": lambda asked: 1 / 0})
    broken = account.rows()["disks"][0]
    records.write({**broken, "points": [], "status": "begun"}, "daytwo-state", account.dynamodb)
    account.clock.advance(2 * 24 * 3600)
    account.back_up()

    found = account.ec2.describe_snapshots(OwnerIds=["self"], Filters=MARKED)["Snapshots"]
    assert len(found) == 1
    assert len(account.rows()["disks"]) == 1


def test_instances_are_backed_up_as_images_whose_snapshots_go_with_them(account):
    web = {"name": "web", "type": "instances", "tags": {"Name": "shop-{environment}-web"}}
    account.register(shop([web], retention_days=1, keep_at_least=1))
    named = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "shop-prod-web"}]}]
    account.ec2.run_instances(ImageId=AMI, MinCount=1, MaxCount=1, TagSpecifications=named)
    account.clock.advance(600)

    for _ in range(2):
        result = account.back_up()
        assert (result.status, result.cause) == ("SUCCEEDED", None)
        account.clock.advance(2 * 24 * 3600)
    account.back_up()

    (row,) = account.rows()["web"]
    images = account.ec2.describe_images(Owners=["self"], Filters=MARKED)["Images"]
    assert [image["ImageId"] for image in images] == [row["points"][0]["id"]]
    snapshots = account.ec2.describe_snapshots(OwnerIds=["self"], Filters=MARKED)["Snapshots"]
    assert len(snapshots) == len(images[0]["BlockDeviceMappings"])
