"""A table is restored to a copy once, and told as what became of it."""

import pytest
from table_drills import STATE, TableDrill, client
from tables import COPY, SOURCE
from weather import weathered

from infra.local import dynamodb
from tasks.drills import ledger
from tasks.errors import AccessRefused, DrillRefused, NothingToRestore, RestoreFailed, Throttled
from tasks.restore import restore_table


@pytest.fixture
def table():
    with weathered(dynamodb) as account:
        yield TableDrill(account)


def texts(table, name=COPY):
    return {entry["id"]["S"] for entry in table.aws.scan(TableName=name)["Items"]}


def test_the_copy_is_as_of_the_recovery_point(table):
    table.source(items=3)
    table.write(7)

    answer = table.restored()

    assert texts(table) == {"item-0", "item-1", "item-2"}
    assert answer["copy"]["recovered_to"] == table.component["recovery_point"]["at"]
    assert answer["copy"]["arn"].endswith(f"table/{COPY}")


def test_without_a_moment_it_is_as_of_the_latest(table):
    table.source(items=3)
    table.point(at="")
    table.write(7)
    table.wait(60)
    latest = table.now()

    assert table.restored()["copy"]["recovered_to"] == latest
    assert "item-7" in texts(table)


def test_a_backup_is_restored_as_it_was_made(table):
    table.source(items=2)
    made = table.aws.create_backup(TableName=SOURCE, BackupName="weekly")["BackupDetails"]
    table.write(7)
    table.point(kind="backup", id=made["BackupArn"])

    answer = table.restored()

    assert texts(table) == {"item-0", "item-1"}
    assert answer["copy"]["source"] == made["BackupArn"]


def test_it_is_asked_again_until_the_copy_can_be_read(table):
    table.weather.set(restore_seconds=1200)
    table.source()
    first = table.restore()
    table.wait(600)
    second = table.restore()
    table.wait(600)

    assert [first["done"], second["done"], table.restore()["done"]] == [False, False, True]


def test_a_second_delivery_restores_nothing_again(table):
    table.weather.set(restore_seconds=60)
    table.source()
    table.restore()
    table.restore()

    assert table.aws.list_tables()["TableNames"].count(COPY) == 1


def test_a_moment_that_cannot_be_restored_yet_is_waited_for(table):
    table.source()
    table.weather.set(latest_seconds=300)
    table.point(at=table.now())
    table.wait(10)

    answer = table.restore()
    assert not answer["done"]
    assert "can be restored up to" in answer["state"]
    table.wait(300)
    table.restore()
    assert table.restore()["done"]


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_a_moment_out_of_the_window_is_refused(table, at):
    table.source()
    table.point(at=at)

    with pytest.raises(NothingToRestore, match=f"not as of {at}"):
        table.restore()


def test_a_table_without_recovery_cannot_be_restored(table):
    table.create(SOURCE)

    with pytest.raises(
        NothingToRestore, match="Point-in-time recovery of feedback-prod-items is off"
    ):
        table.restore()


def test_a_source_that_is_gone_is_told(table):
    with pytest.raises(NothingToRestore, match=SOURCE):
        table.restore()


def test_a_backup_that_is_gone_is_told(table):
    table.source()
    made = table.aws.create_backup(TableName=SOURCE, BackupName="weekly")["BackupDetails"]
    table.aws.delete_backup(BackupArn=made["BackupArn"])
    table.point(kind="backup", id=made["BackupArn"])

    with pytest.raises(NothingToRestore, match="BackupNotFoundException"):
        table.restore()


def test_a_kind_of_point_that_no_table_has_is_refused(table):
    table.source()
    table.point(kind="snapshot", id="snap-1")

    with pytest.raises(NothingToRestore, match="not restored from snapshot"):
        table.restore()


def test_a_name_that_is_taken_is_never_taken_for_a_copy(table):
    table.source()
    table.create(COPY)

    with pytest.raises(DrillRefused, match="was not restored from feedback-prod-items"):
        table.restore()


def test_a_copy_that_dynamodb_does_not_show_yet_is_not_restored_twice(table, monkeypatch):
    table.source()
    table.restore()
    with monkeypatch.context() as unseen:
        unseen.setattr(restore_table.places, "find", lambda *_: None)
        again = table.restore()

    assert (again["done"], again["state"]) == (False, "CREATING")
    assert table.restored()["done"]


def test_a_restore_that_dynamodb_gives_up_has_failed(table):
    table.weather.add("restore_failed")
    table.source()
    table.restore()

    with pytest.raises(RestoreFailed, match="INACCESSIBLE_ENCRYPTION_CREDENTIALS"):
        table.restore()


def test_a_restore_that_never_finishes_is_never_done(table):
    table.weather.add("never_restored")
    table.source()
    table.restore()
    table.wait(86_400)

    assert table.restore()["state"] == "CREATING"
    assert not table.restore()["done"]


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDeniedException", AccessRefused), ("LimitExceededException", Throttled)],
)
def test_a_refused_restore_is_told_as_what_it_is(table, refusing, code, error):
    table.source()
    refused = refusing(table.aws, "restore_table_to_point_in_time", code)

    with pytest.raises(error):
        restore_table.restore(table.component, table.aws, refused, table.now())


def test_the_copy_can_lie_in_another_region(table):
    table.source(items=3)
    west = client("dynamodb", "us-west-2")
    for _ in range(2):
        answer = restore_table.restore(table.component, table.aws, west, table.now())

    assert answer["done"]
    assert len(west.scan(TableName=COPY)["Items"]) == 3
    assert COPY not in table.aws.list_tables()["TableNames"]


def test_the_row_is_in_the_ledger_before_the_table(table, monkeypatch):
    monkeypatch.setenv("STATE_TABLE", STATE)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    table.source()
    table.point(at="2020-01-01T00:00:00Z")
    request = {"component": table.component, "drill": table.drill, "now": table.now()}
    with pytest.raises(NothingToRestore):
        restore_table.handler(request, None)

    (row,) = ledger.rows("monthly-1", table=STATE, dynamodb=table.aws)
    assert (row["kind"], row["name"], row["status"]) == ("table", COPY, "planned")
