"""What became of each component's backup is on record, the bad ones as well."""

import pytest
from backups import NOW, backup, component

from tasks.backup import record_backup
from tasks.backups import records

POINTS = [
    {"id": "snap-2", "resource": "vol-2", "at": "2026-11-02T03:00:09Z", "size_bytes": 0},
    {"id": "snap-1", "resource": "vol-1", "at": "2026-11-02T03:00:01Z", "size_bytes": 0},
]
MANIFEST = {"manifest_key": "backups/x/manifest.json", "manifest_sha256": "a" * 64}
FAILURE = {"Error": "BackupFailed", "Cause": "the disk is full"}


@pytest.fixture
def record(dynamodb, state_table):
    def call(identifier="20261102t030000-0000000a", **fields):
        document = {"backup": backup(identifier), "component": component(), "now": NOW, **fields}
        return record_backup.handler(document, None)

    return call


def rows(dynamodb, table, **which):
    return records.read("shop", "prod", table=table, dynamodb=dynamodb, **which)


def test_a_backup_with_a_manifest_is_good(record, dynamodb, state_table):
    answer = record(made={"points": POINTS}, manifest=MANIFEST)

    (found,) = rows(dynamodb, state_table)
    assert answer == {"component": "orders", "status": "good", "trouble": ""}
    assert found["points"] == POINTS
    assert (found["manifest_key"], found["made_at"]) == (MANIFEST["manifest_key"], NOW)


def test_several_points_are_as_of_the_first_of_them(record, dynamodb, state_table):
    record(made={"points": POINTS}, manifest=MANIFEST)

    assert rows(dynamodb, state_table)[0]["at"] == "2026-11-02T03:00:01Z"


@pytest.mark.parametrize(
    ("manifest", "status"), [({}, "failed"), (MANIFEST, "good")], ids=["no manifest", "no copy"]
)
def test_what_failed_is_kept_with_its_cause(record, dynamodb, state_table, manifest, status):
    answer = record(failure=FAILURE, manifest=manifest, made={"points": POINTS})

    (found,) = rows(dynamodb, state_table)
    assert (answer["status"], found["status"]) == (status, status)
    assert found["trouble"] == "BackupFailed: the disk is full"
    assert found["points"] == POINTS


def test_a_backup_that_never_began_is_on_record(record, dynamodb, state_table):
    record(failure=FAILURE)

    (found,) = rows(dynamodb, state_table)
    assert (found["status"], found["points"], found["at"]) == ("failed", [], "2026-11-02T03:00:00Z")


def test_a_second_delivery_is_one_record(record, dynamodb, state_table):
    record(made={"points": POINTS}, manifest=MANIFEST)
    record(made={"points": POINTS}, manifest=MANIFEST)

    assert len(rows(dynamodb, state_table)) == 1


def test_a_components_backups_are_read_by_themselves_the_oldest_first(
    record, dynamodb, state_table
):
    record("20261102t030000-0000000a", manifest=MANIFEST)
    record("20261026t030000-ffffffff", manifest=MANIFEST)
    record(component=component("orders-old"), manifest=MANIFEST)

    found = rows(dynamodb, state_table, component="orders")

    assert [one["backup"][:8] for one in found] == ["20261026", "20261102"]
    assert set(records.by_component(rows(dynamodb, state_table))) == {"orders", "orders-old"}


def test_what_begins_is_on_record_with_the_copies_that_may_come(record, dynamodb, state_table):
    record(begun=True, wanted=[{"region": "us-west-2"}])
    (before,) = rows(dynamodb, state_table)
    record(made={"points": POINTS}, manifest=MANIFEST)
    (after,) = rows(dynamodb, state_table)

    assert (before["status"], before["points"]) == ("begun", [])
    assert before["copies"] == [
        {"region": "us-west-2", "account": "", "points": [], "state": "copying"}
    ]
    assert (after["status"], after["copies"]) == ("good", [])
