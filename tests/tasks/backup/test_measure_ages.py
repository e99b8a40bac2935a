"""The age of each component's newest good backup is a metric, and none at all is too old."""

import json

import pytest
from backups import row, shop

from tasks import store
from tasks.backup import measure_ages
from tasks.backups import records

NOW = "2026-11-10T03:00:00Z"
YOUNG, OLD = "2026-11-09T03:00:00Z", "2026-11-01T03:00:00Z"


@pytest.fixture
def register(dynamodb, state_table):
    def put(manifest=None, name="shop"):
        text = manifest if isinstance(manifest, str) else json.dumps(manifest or shop(POLICY_PARTS))
        item = store.to_item({**store.system(name), "manifest": text})
        dynamodb.put_item(TableName=state_table, Item=item)

    return put


POLICY_PARTS = [{"name": "orders", "type": "dynamodb_table", "table": "shop-{environment}-orders"}]


@pytest.fixture
def record(dynamodb, state_table):
    def write(at, **fields):
        identifier = f"{at[:10].replace('-', '')}t030000-0000000a"
        records.write(row(identifier, at=at, **fields), state_table, dynamodb)

    return write


@pytest.fixture
def measured(capsys):
    """Give what the function answers and the metrics that it writes, by name and component."""

    def call():
        answer = measure_ages.handler({"now": NOW}, None)
        found = {}
        for line in capsys.readouterr().out.splitlines():
            written = json.loads(line)
            (described,) = written["_aws"]["CloudWatchMetrics"]
            name = described["Metrics"][0]["Name"]
            found[name, written.get("component", "")] = written[name]
        return answer, found

    return call


def test_each_components_newest_good_backup_has_an_age(register, record, measured):
    register()
    record(OLD)
    record(YOUNG)
    record(YOUNG, component="stack", type="stack", kind="exports")

    answer, metrics = measured()

    assert answer == {"measured": 2, "too_old": 0, "words": []}
    assert metrics == {
        ("BackupAgeHours", "orders"): 24.0,
        ("BackupAgeHours", "stack"): 24.0,
        ("BackupsTooOld", ""): 0,
    }


def test_what_is_older_than_the_manifest_allows_is_counted(register, record, measured):
    register(shop(POLICY_PARTS, oldest_hours=200, exports=""))
    record(OLD)

    answer, metrics = measured()

    assert answer["words"] == ["shop/prod orders: 216 h old, 200 h is the limit"]
    assert metrics["BackupsTooOld", ""] == 1


def test_no_good_backup_is_too_old_though_there_are_failed_ones(register, record, measured):
    register(shop(POLICY_PARTS, exports=""))
    record(YOUNG, status="failed")

    answer, metrics = measured()

    assert answer["words"] == ["shop/prod orders: there is no good backup"]
    assert metrics == {("BackupsTooOld", ""): 1}


def test_what_no_schedule_backs_up_has_no_age(register, measured):
    register(shop(POLICY_PARTS, exports="", backups=""))

    assert measured() == ({"measured": 0, "too_old": 0, "words": []}, {("BackupsTooOld", ""): 0})


def test_a_schedule_that_finds_nothing_is_not_taken_for_health(register, measured):
    register(shop([], exports=""))

    assert measured()[0]["too_old"] == 1


def test_a_manifest_that_cannot_be_read_is_counted_and_hides_no_other(register, record, measured):
    register('{"name": "broken"}', "broken")
    register(shop(POLICY_PARTS, exports=""))
    record(YOUNG)

    answer, metrics = measured()

    assert (answer["measured"], answer["too_old"]) == (1, 1)
    assert answer["words"][0].startswith("broken: ")
    assert metrics["BackupAgeHours", "orders"] == 24.0


def test_without_any_system_the_metric_says_that_all_is_well(state_table, measured):
    assert measured()[1] == {("BackupsTooOld", ""): 0}
