"""A backup is complete when every component has a good record of it."""

import pytest
from backups import backup, row

from tasks.backup import judge_backup
from tasks.backups import records

ID = backup()["id"]


def judge(*rows, components=("orders", "ledger")):
    return judge_backup.judge(backup(), list(components), rows)


def test_it_is_complete_with_a_good_record_of_each():
    answer = judge(row(ID), row(ID, component="ledger"))

    assert answer["complete"] is True
    assert answer["words"] == "2 of 2 backups of shop/prod are good"


@pytest.mark.parametrize(
    ("records_of_it", "reason"),
    [
        ([], judge_backup.NO_RECORD),
        ([row("20261026t030000-0000000a", component="ledger")], judge_backup.NO_RECORD),
        ([row(ID, component="ledger", status="failed", trouble="x: y")], "x: y"),
        ([row(ID, component="ledger", trouble="its copy failed")], "its copy failed"),
    ],
    ids=["no record", "an older record", "failed", "copy failed"],
)
def test_one_that_is_missing_or_failed_makes_it_incomplete(records_of_it, reason):
    answer = judge(row(ID), *records_of_it)

    assert answer["complete"] is False
    assert answer["good"] == ["orders"]
    assert answer["failed"] == [{"component": "ledger", "reason": reason}]
    assert answer["words"] == f"1 of 2 backups of shop/prod are good. ledger: {reason}"


def test_the_function_answers_by_its_schema(dynamodb, state_table):
    records.write(row(ID), state_table, dynamodb)

    answer = judge_backup.handler({"backup": backup(), "components": ["orders"]}, None)

    assert answer["good"] == ["orders"]
