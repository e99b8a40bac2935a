"""A copy is removed with all that belongs to it, and nothing else ever is."""

import pytest
from table_drills import STATE, TableDrill, alarm, rich
from tables import COPY, SOURCE
from weather import weathered

from infra.local import dynamodb
from tasks.drills import ledger
from tasks.errors import AccessRefused, CleanupFailed, NotACopy
from tasks.restore import remove_table


@pytest.fixture
def table():
    with weathered(dynamodb) as account:
        yield TableDrill(account)


def test_it_is_done_when_dynamodb_has_no_such_table(table):
    table.weather.set(delete_seconds=30)
    table.source()
    table.restored()
    asked = table.remove()
    deleting = table.remove()
    table.wait(30)
    gone = table.remove()

    assert [asked["done"], deleting["done"], gone["done"]] == [False, False, True]
    assert COPY in gone["proof"]
    assert table.remove()["done"]


def test_what_was_never_made_is_gone(table):
    assert table.remove()["done"]


def test_what_may_have_been_made_a_moment_ago_is_not_gone_yet(table):
    planned_at = table.now()
    early = table.remove(planned_at=planned_at)
    table.wait(120)

    assert (early["done"], early["proof"]) == (False, f"The table {COPY} is not seen yet")
    assert table.remove(planned_at=planned_at)["done"]


def test_a_copy_that_is_still_made_is_waited_for(table):
    table.weather.set(restore_seconds=60)
    table.source()
    table.restore()

    assert not table.remove()["done"]
    table.wait(60)
    table.remove()
    assert table.remove()["done"]


def test_its_alarms_and_its_scaling_go_too_and_the_source_keeps_its_own(table):
    rich(table)
    table.restored()
    table.matched()
    while not table.remove()["done"]:
        pass

    alarms = table.clients.cloudwatch.describe_alarms()["MetricAlarms"]
    assert [one["AlarmName"] for one in alarms if COPY in one["AlarmName"]] == []
    assert "too-many-errors" in [one["AlarmName"] for one in alarms]
    targets = table.clients.autoscaling.describe_scalable_targets(ServiceNamespace="dynamodb")
    assert [one["ResourceId"] for one in targets["ScalableTargets"]] == [f"table/{SOURCE}"]


def test_the_alarm_of_another_copy_stays(table):
    other = f"{COPY}-2"
    alarm(table.clients.cloudwatch, f"{other}-alarm-x", of=other)
    table.remove()

    assert len(table.clients.cloudwatch.describe_alarms()["MetricAlarms"]) == 1


def test_no_backup_of_the_copy_is_left_behind(table):
    table.source()
    table.restored()
    table.matched()
    while not table.remove()["done"]:
        pass

    left = table.aws.list_backups(BackupType="ALL")["BackupSummaries"]
    assert [one["TableName"] for one in left] == []


@pytest.mark.parametrize("name", [SOURCE, "drill-me", "drill-1f0c2a9b_items"])
def test_what_is_no_copy_by_its_name_is_left(table, name):
    table.source()

    with pytest.raises(NotACopy):
        table.remove(name)
    assert SOURCE in table.aws.list_tables()["TableNames"]


def test_a_table_of_the_copys_name_that_the_drill_did_not_restore_is_left(table):
    table.source()
    table.create(COPY)

    with pytest.raises(NotACopy, match="was not restored from feedback-prod-items"):
        table.remove()
    assert COPY in table.aws.list_tables()["TableNames"]


def test_a_deletion_that_is_refused_is_never_done(table):
    table.source()
    table.restored()
    table.weather.add("undeletable")

    answers = [table.remove() for _ in range(3)]

    assert not any(answer["done"] for answer in answers)
    assert "does not delete" in answers[-1]["proof"]


def test_a_deletion_without_the_right_to_it_is_told(table):
    table.source()
    table.restored()
    table.weather.add("undeletable", code="AccessDeniedException")

    with pytest.raises(AccessRefused):
        table.remove()


def test_a_copy_that_somebody_protected_is_told(table):
    table.source()
    table.restored()
    table.aws.update_table(TableName=COPY, DeletionProtectionEnabled=True)

    with pytest.raises(CleanupFailed, match="protected from deletion"):
        table.remove()


def test_its_row_is_struck_out_when_it_is_gone(table, monkeypatch):
    monkeypatch.setenv("STATE_TABLE", STATE)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    table.source()
    table.restored()
    (row,) = ledger.rows("monthly-1", table=STATE, dynamodb=table.aws)
    first = remove_table.handler({"row": row, "now": table.now()}, None)
    table.wait(120)
    second = remove_table.handler({"row": row, "now": table.now()}, None)

    (row,) = ledger.rows("monthly-1", table=STATE, dynamodb=table.aws)
    assert [first["done"], second["done"]] == [False, True]
    assert (row["status"], row["proof"]) == ("gone", second["proof"])
