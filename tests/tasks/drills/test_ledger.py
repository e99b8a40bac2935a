"""The ledger: written before a thing is made, struck out when it is seen to be gone."""

import pytest
from drill_documents import NOW

from tasks.drills import ledger
from tasks.errors import AwsCallFailed, Throttled

LATER = "2026-11-02T04:20:00Z"


@pytest.fixture
def where(state_table, dynamodb):
    return {"table": state_table, "dynamodb": dynamodb}


def planned(where, name="drill-1f0c2a9b-items", now=NOW, drill="monthly-1", **more):
    row = {"component": "items", "target": {"region": "us-west-2"}, "now": now}
    return ledger.plan(drill, "table", name, **row, **where, **more)


def test_a_row_says_what_is_about_to_be_made_and_where(where):
    row = planned(where, detail={"before": {"read": 5, "tags": ["a"]}})
    assert row["status"] == "planned"
    assert row["target"] == {"region": "us-west-2", "role_arn": ""}
    assert ledger.rows("monthly-1", **where) == [row]


def test_what_was_before_is_never_written_over(where):
    first = planned(where, detail={"inverted": False})
    again = planned(where, now=LATER, detail={"inverted": True})
    assert again == first
    assert ledger.rows("monthly-1", **where) == [first]


def test_a_row_is_struck_out_with_its_proof_and_stays(where):
    row = planned(where)
    ledger.strike_out(row, "DescribeTable: not found", now=LATER, **where)
    (found,) = ledger.rows("monthly-1", **where)
    assert (found["status"], found["gone_at"]) == ("gone", LATER)
    assert found["proof"] == "DescribeTable: not found"
    assert found["planned_at"] == NOW


def test_a_row_that_is_gone_is_not_planned_again(where):
    row = planned(where)
    ledger.strike_out(row, "seen", now=LATER, **where)
    assert planned(where)["status"] == "gone"


def test_nothing_is_struck_out_that_was_not_written(where):
    with pytest.raises(AwsCallFailed):
        row = {"drill": "monthly-1", "kind": "table", "name": "drill-1f0c2a9b-orders"}
        ledger.strike_out(row, "seen", now=NOW, **where)
    assert ledger.rows("monthly-1", **where) == []


def test_each_drill_has_its_own_rows_and_all_pages_are_read(where):
    for number in range(30):
        planned(where, name=f"drill-1f0c2a9b-{number}", detail={"text": "x" * 50_000})
    planned(where, drill="weekly-7")
    assert len(ledger.rows("monthly-1", **where)) == 30


def test_a_row_that_could_not_be_written_stops_what_it_is_for(where, refusing):
    refused = refusing(where["dynamodb"], "put_item", "ThrottlingException")
    with pytest.raises(Throttled):
        planned({**where, "dynamodb": refused})
