"""Copies leave the Region once, keep daytwo's marks, and are shared when they are there."""

import boto3
import pytest
from backups import NOW, backup, component
from botocore.stub import Stubber

from tasks.backup import copy_backup
from tasks.backups import database_snapshots, disks, marks
from tasks.backups.services import Order
from tasks.errors import BackupFailed

WEST = {"region": "us-west-2", "account": "", "kms_key_arn": "", "bucket": ""}
OTHER = "210987654321"
KEY = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-0000-0000-000000000000"
LEDGER = component("ledger", "rds_instance")
DISKS = component("disks", "ebs_volumes")
NAME = marks.name(backup(), LEDGER)
SOURCE = "snap-00000000000000001"
COPY = "snap-00000000000000002"
POINT = {"id": SOURCE, "resource": "vol-1", "at": "2026-11-02T03:00:01Z"}
TAGS = {**marks.values(backup(), DISKS), "daytwo:resource": "vol-1"}


@pytest.fixture
def clients(aws):
    made = {}

    def client(service, target=None):
        region = (target or {}).get("region") or "us-east-1"
        if (service, region) not in made:
            made[service, region] = boto3.client(service, region_name=region)
        return made[service, region]

    return client


@pytest.fixture(params=["snapshot", "cluster-snapshot"])
def database(request, clients):
    """Give the point of a snapshot, and what reads its copy in the other Region."""
    tags = marks.tags(backup(), LEDGER)
    rds = clients("rds")
    if request.param == "snapshot":
        rds.create_db_instance(
            DBInstanceIdentifier="shop-prod-ledger",
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
        )
        made = rds.create_db_snapshot(
            DBInstanceIdentifier="shop-prod-ledger", DBSnapshotIdentifier=NAME, Tags=tags
        )
        arn = made["DBSnapshot"]["DBSnapshotArn"]
    else:
        rds.create_db_cluster(
            DBClusterIdentifier="shop-prod-ledger",
            Engine="aurora-postgresql",
            MasterUsername="u",
            MasterUserPassword="password",
        )
        made = rds.create_db_cluster_snapshot(
            DBClusterIdentifier="shop-prod-ledger", DBClusterSnapshotIdentifier=NAME, Tags=tags
        )
        arn = made["DBClusterSnapshot"]["DBClusterSnapshotArn"]
    return {"id": arn, "resource": "shop-prod-ledger", "at": NOW}


def copy(clients, points, part=LEDGER, **where):
    wanted = [{**WEST, **where}]
    return copy_backup.copy(backup(), part, points, wanted, "daytwo-evidence", clients)


def test_a_table_says_that_its_backup_stays_where_it_is(clients):
    answer = copy(clients, [{**POINT, "id": "arn:table"}], component())

    assert answer["done"] is True
    assert answer["copies"] == [
        {"region": "us-west-2", "account": "", "points": [], "state": "not_copied"}
    ]


class Rds:
    """RDS in two Regions, as far as its snapshots go; it tells what it was asked."""

    class exceptions:
        class ClientError(Exception):
            def __init__(self, code):
                self.response = {"Error": {"Code": code}}

    def __init__(self, region):
        self.meta = type("Meta", (), {"region_name": region})()
        self.asked, self.state, self.there = [], "creating", {}

    def describe_db_snapshots(self, DBSnapshotIdentifier):
        if DBSnapshotIdentifier not in self.there:
            raise self.exceptions.ClientError("DBSnapshotNotFound")
        return {"DBSnapshots": [{**self.there[DBSnapshotIdentifier], "Status": self.state}]}

    def copy_db_snapshot(self, **request):
        self.asked.append(request)
        name = request["TargetDBSnapshotIdentifier"]
        arn = f"arn:aws:rds:{self.meta.region_name}:123456789012:snapshot:{name}"
        self.there[name] = {"DBSnapshotArn": arn, "TagList": request["Tags"], "Status": "creating"}
        return {"DBSnapshot": self.there[name]}

    def modify_db_snapshot_attribute(self, **request):
        self.asked.append(request)


SNAPSHOT = f"arn:aws:rds:us-east-1:123456789012:snapshot:{NAME}"
ORDER = Order("us-east-1", NAME, marks.values(backup(), LEDGER), KEY)


def test_a_snapshot_is_copied_once_under_its_own_name_with_the_regions_key():
    rds = Rds("us-west-2")
    service = database_snapshots.DatabaseSnapshots(rds)

    first = service.copy({"id": SNAPSHOT}, ORDER)
    rds.state = "available"
    again = service.copy({"id": SNAPSHOT}, ORDER)

    (asked,) = rds.asked
    assert (first.done, again.done) == (False, True)
    assert asked["SourceDBSnapshotIdentifier"] == SNAPSHOT
    assert asked["TargetDBSnapshotIdentifier"] == NAME
    assert (asked["KmsKeyId"], asked["SourceRegion"]) == (KEY, "us-east-1")
    assert again.id == SNAPSHOT.replace("us-east-1", "us-west-2")
    assert again.mark == backup()["id"]


def test_a_copy_that_rds_gave_up_has_failed():
    rds = Rds("us-west-2")
    service = database_snapshots.DatabaseSnapshots(rds)
    service.copy({"id": SNAPSHOT}, ORDER)
    rds.state = "failed"

    with pytest.raises(BackupFailed, match="is failed"):
        service.copy({"id": SNAPSHOT}, ORDER)


def test_a_copy_is_shared_only_when_it_is_there():
    rds = {"us-east-1": Rds("us-east-1"), "us-west-2": Rds("us-west-2")}
    rds["us-east-1"].there[NAME] = {"DBSnapshotArn": SNAPSHOT, "TagList": []}

    def clients(service, target):
        return rds[target["region"] or "us-east-1"]

    here = backup(target={"region": "us-east-1", "role_arn": ""})
    points = [{"id": SNAPSHOT, "resource": "shop-prod-ledger", "at": NOW}]

    def call():
        wanted = [{**WEST, "account": OTHER}]
        return copy_backup.copy(here, LEDGER, points, wanted, "daytwo-evidence", clients)

    before = call()
    rds["us-west-2"].state = "available"
    after = call()

    assert (before["done"], after["done"]) == (False, True)
    assert [one.get("ValuesToAdd") for one in rds["us-west-2"].asked] == [None, [OTHER]]
    assert after["copies"][0]["points"][0]["id"] == SNAPSHOT.replace("us-east-1", "us-west-2")


def test_snapshots_of_instances_and_clusters_are_found_shared_and_deleted(database, clients):
    service = database_snapshots.DatabaseSnapshots(clients("rds"))

    seen = service.find(database["id"])
    service.share(database["id"], OTHER)
    service.delete(database["id"])

    assert (seen.mark, seen.done) == (backup()["id"], True)
    assert service.find(database["id"]) is None


def stubbed(clients, region="us-west-2"):
    return Stubber(clients("ec2", {"region": region}))


def described(identifier, state, tags):
    entry = {"SnapshotId": identifier, "State": state}
    return {"Snapshots": [{**entry, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]}


def test_a_volumes_copy_carries_all_marks_of_its_snapshot(clients):
    with stubbed(clients, "us-east-1") as here, stubbed(clients) as there:
        here.add_response("describe_snapshots", described(SOURCE, "completed", TAGS))
        there.add_response("describe_snapshots", {"Snapshots": []})
        there.add_response(
            "copy_snapshot",
            {"SnapshotId": COPY},
            {
                "SourceRegion": "us-east-1",
                "SourceSnapshotId": SOURCE,
                "Description": marks.name(backup(), DISKS),
                "Encrypted": True,
                "KmsKeyId": KEY,
                "TagSpecifications": [
                    {
                        "ResourceType": "snapshot",
                        "Tags": [
                            {"Key": key, "Value": value}
                            for key, value in sorted({**TAGS, disks.COPY_OF: SOURCE}.items())
                        ],
                    }
                ],
            },
        )
        answer = copy(clients, [POINT], DISKS, kms_key_arn=KEY)

    assert answer["done"] is False
    assert answer["copies"][0]["points"] == [{**POINT, "id": COPY}]


@pytest.mark.parametrize(("state", "done"), [("pending", False), ("completed", True)])
def test_a_volumes_copy_that_was_begun_is_found_again(clients, state, done):
    with stubbed(clients, "us-east-1") as here, stubbed(clients) as there:
        here.add_response("describe_snapshots", described(SOURCE, "completed", TAGS))
        there.add_response(
            "describe_snapshots",
            described(COPY, state, {**TAGS, disks.COPY_OF: SOURCE}),
            {
                "OwnerIds": ["self"],
                "Filters": [{"Name": f"tag:{disks.COPY_OF}", "Values": [SOURCE]}],
            },
        )
        answer = copy(clients, [POINT], DISKS)

    assert answer["done"] is done


def test_a_snapshot_that_is_gone_before_it_was_copied_fails(clients):
    with stubbed(clients, "us-east-1") as here:
        here.add_client_error("describe_snapshots", "InvalidSnapshot.NotFound")
        with pytest.raises(BackupFailed, match="gone before it was copied"):
            copy(clients, [POINT], DISKS)


def test_manifests_and_exports_go_to_the_bucket_of_the_other_region(clients, s3, evidence_bucket):
    west = clients("s3", {"region": "us-west-2"})
    where = {"LocationConstraint": "us-west-2"}
    west.create_bucket(Bucket="shop-copies", CreateBucketConfiguration=where)
    key = "backups/shop/prod/20261102t030000-0000000a/stack/stack.json"
    s3.put_object(Bucket=evidence_bucket, Key=key, Body=b"{}")

    copy(clients, [{**POINT, "id": key}], component("stack", "stack"), bucket="shop-copies")

    assert west.get_object(Bucket="shop-copies", Key=key)["Body"].read() == b"{}"


def test_the_function_answers_by_its_schema(evidence_bucket):
    answer = copy_backup.handler(
        {
            "backup": backup(),
            "component": component(),
            "points": [POINT],
            "copies": [{"region": "us-west-2"}],
            "now": NOW,
        },
        None,
    )

    assert answer["copies"][0]["state"] == "not_copied"
