"""Pruning removes what daytwo made and nothing else, and only what newer backups stand for."""

import boto3
import pytest
from backups import backup, component, row

from tasks.backup import back_up_table, prune_backups
from tasks.backups import records

NOW = "2026-12-20T03:10:00Z"
FIRST, SECOND, LAST = (f"202611{day}t030000-0000000a" for day in ("01", "08", "15"))


@pytest.fixture
def table(dynamodb, state_table, evidence_bucket):
    dynamodb.create_table(
        TableName="shop-prod-orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return state_table


@pytest.fixture
def three(dynamodb, table, s3, evidence_bucket):
    """Three good backups of a table, a week apart, all of them old."""
    arns = {}
    for identifier in (FIRST, SECOND, LAST):
        made = back_up_table.back_up(backup(identifier), component(), dynamodb)
        arns[identifier] = made["points"][0]["id"]
        moment = f"2026-11-{identifier[6:8]}T03:00:00Z"
        record = row(identifier, points=made["points"], at=moment)
        records.write(record, table, dynamodb)
        folder = f"backups/shop/prod/{identifier}/orders"
        s3.put_object(Bucket=evidence_bucket, Key=f"{folder}/manifest.json", Body=b"{}")
    return arns


def prune(retention=30, keep=2, **fields):
    document = {"retention_days": retention, "keep_at_least": keep, "now": NOW}
    return prune_backups.handler({"backup": backup(LAST, **fields), **document}, None)


def left_over(dynamodb):
    return {entry["BackupArn"] for entry in dynamodb.list_backups()["BackupSummaries"]}


def recorded(dynamodb, table):
    rows = records.read("shop", "prod", table=table, dynamodb=dynamodb)
    return [one["backup"] for one in rows]


def test_the_oldest_goes_with_its_record_and_its_files(three, dynamodb, table, s3, evidence_bucket):
    answer = prune()

    assert answer == {"done": True, "pruned": [f"{FIRST} of orders"], "left": []}
    assert left_over(dynamodb) == {three[SECOND], three[LAST]}
    assert recorded(dynamodb, table) == [SECOND, LAST]
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=evidence_bucket)["Contents"]]
    assert sorted(key.split("/")[3] for key in keys) == [SECOND, LAST]


def test_a_second_delivery_removes_nothing_more(three, dynamodb):
    prune()

    assert prune()["pruned"] == []
    assert len(left_over(dynamodb)) == 2


def test_young_backups_stay(three, dynamodb):
    assert prune(retention=60)["pruned"] == []
    assert len(left_over(dynamodb)) == 3


def test_what_does_not_bear_daytwos_mark_is_never_deleted(three, dynamodb, table):
    theirs = dynamodb.create_backup(TableName="shop-prod-orders", BackupName="before-migration")
    arn = theirs["BackupDetails"]["BackupArn"]
    point = {"id": arn, "resource": "shop-prod-orders", "at": "2026-11-01T03:00:00Z"}
    records.write(row(FIRST, points=[point], at=point["at"]), table, dynamodb)

    answer = prune()

    assert "does not bear the mark" in answer["left"][0]["reason"]
    assert arn in left_over(dynamodb)
    assert FIRST in recorded(dynamodb, table)


def test_nothing_goes_when_a_newer_backup_on_record_is_not_there(three, dynamodb):
    dynamodb.delete_backup(BackupArn=three[LAST])

    answer = prune()

    assert f"the newer {LAST} of orders is gone" in answer["left"][0]["reason"]
    assert three[FIRST] in left_over(dynamodb)


def test_a_backup_that_somebody_deleted_by_hand_leaves_its_record_behind_no_longer(
    three, dynamodb, table
):
    dynamodb.delete_backup(BackupArn=three[FIRST])

    assert prune()["pruned"] == [f"{FIRST} of orders"]
    assert recorded(dynamodb, table) == [SECOND, LAST]


def test_backups_of_the_other_kind_are_left_alone(three, dynamodb):
    assert prune(kind="exports")["pruned"] == []
    assert len(left_over(dynamodb)) == 3


def test_a_file_that_cannot_be_deleted_keeps_the_record(three, dynamodb, table, monkeypatch):
    refusal = {"Errors": [{"Key": "backups/shop/x", "Message": "Access Denied"}]}
    s3 = boto3.client("s3")
    monkeypatch.setattr(s3, "delete_objects", lambda **_: refusal)

    answer, forgotten = pruned_with(dynamodb, table, {"dynamodb": dynamodb, "s3": s3})

    assert forgotten == answer["pruned"] == []
    (left,) = answer["left"]
    assert left["reason"] == "NotPruned: backups/shop/x was not deleted: Access Denied"


class Slow:
    """DynamoDB that takes its time to delete, or refuses to."""

    def __init__(self, real, error=None):
        self.real, self.error = real, error

    def __getattr__(self, name):
        return getattr(self.real, name)

    def delete_backup(self, **request):
        if self.error:
            raise self.error


def pruned_with(dynamodb, table, others):
    """Prune with clients of one's own by their services."""
    rows = records.read("shop", "prod", table=table, dynamodb=dynamodb)
    forgotten = []

    def clients(service, target=None):
        return others.get(service) or boto3.client(service)

    policy = {"retention_days": 30, "keep_at_least": 2, "now": NOW}
    answer = prune_backups.prune(rows, policy, forgotten.append, "daytwo-evidence", clients)
    return answer, forgotten


def test_a_removal_that_was_accepted_is_not_yet_done(three, dynamodb, table):
    answer, forgotten = pruned_with(dynamodb, table, {"dynamodb": Slow(dynamodb)})

    assert answer == {"done": False, "pruned": [], "left": []}
    assert forgotten == []


def test_a_removal_that_is_refused_is_told_and_keeps_the_record(three, dynamodb, table, refusing):
    refused = refusing(dynamodb, "delete_backup", "AccessDeniedException")

    answer, forgotten = pruned_with(dynamodb, table, {"dynamodb": refused})

    assert answer["done"] is True
    assert "AccessRefused" in answer["left"][0]["reason"]
    assert forgotten == []


def test_an_export_goes_with_its_files(dynamodb, state_table, s3, evidence_bucket):
    for identifier in (FIRST, SECOND):
        key = f"backups/shop/prod/{identifier}/stack/stack.json"
        s3.put_object(Bucket=evidence_bucket, Key=key, Body=b"{}")
        moment = f"2026-11-{identifier[6:8]}T03:00:00Z"
        export = {"component": "stack", "type": "stack", "kind": "exports", "at": moment}
        point = {"id": key, "resource": "shop-prod", "at": moment}
        records.write(row(identifier, points=[point], **export), state_table, dynamodb)

    answer = prune(keep=1, kind="exports")

    assert answer["pruned"] == [f"{FIRST} of stack"]
    (kept,) = s3.list_objects_v2(Bucket=evidence_bucket)["Contents"]
    assert SECOND in kept["Key"]


def test_what_was_cut_off_is_found_by_its_marks_and_goes_with_time(three, dynamodb, table):
    records.write(row(FIRST, points=[], status="begun", at="2026-11-01T03:00:00Z"), table, dynamodb)

    assert prune()["pruned"] == [f"{FIRST} of orders"]
    assert three[FIRST] not in left_over(dynamodb)
