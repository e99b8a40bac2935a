"""open_drill: one drill of a system at a time, recorded before anything is made."""

import pytest
from drill_documents import EXECUTION, ID, NOW, drill, plan, record_of

from tasks import store
from tasks.drills import ledger, places
from tasks.errors import DrillRunning

OTHER = EXECUTION["id"].replace(ID, "weekly-7")


def other():
    return plan(
        drill=drill(id="weekly-7", execution={**EXECUTION, "id": OTHER, "name": "weekly-7"})
    )


def test_it_records_the_drill_and_takes_the_systems_place(
    opened, executions, state_table, dynamodb
):
    answer = opened()
    assert answer == {"id": ID, "opened_at": NOW, "took_over": ""}
    record = record_of(ID, state_table, dynamodb)
    assert record["status"] == "running"
    assert record["components"] == 1
    assert places.holder("feedback", state_table, dynamodb)["drill"] == ID


def test_a_second_delivery_changes_nothing(opened, executions, state_table, dynamodb):
    opened()
    again = opened(now="2026-11-02T04:30:00Z")
    assert again == {"id": ID, "opened_at": NOW, "took_over": ""}
    assert record_of(ID, state_table, dynamodb)["opened_at"] == NOW


def test_a_drill_that_runs_keeps_the_next_one_out(opened, executions, state_table, dynamodb):
    opened(other())
    executions.statuses[OTHER] = "RUNNING"
    with pytest.raises(DrillRunning, match="in the drill weekly-7 since"):
        opened()
    assert record_of(ID, state_table, dynamodb) == {}


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", None])
def test_the_place_of_one_that_ended_is_taken(status, opened, executions, state_table, dynamodb):
    opened(other())
    if status:
        executions.statuses[OTHER] = status
    assert opened()["took_over"] == "weekly-7"
    assert places.holder("feedback", state_table, dynamodb)["drill"] == ID


def test_nothing_is_taken_over_from_a_drill_that_left_something(
    opened, executions, state_table, dynamodb
):
    opened(other())
    row = {"component": "items", "target": {}, "now": NOW, "table": state_table}
    made = ledger.plan("weekly-7", "table", "drill-0-items", **row, dynamodb=dynamodb)
    with pytest.raises(DrillRunning, match="has left 1 behind: table drill-0-items"):
        opened()
    ledger.strike_out(made, "no such table", now=NOW, table=state_table, dynamodb=dynamodb)
    assert opened()["took_over"] == "weekly-7"


def test_a_stop_that_was_said_before_is_not_forgotten(opened, executions, state_table, dynamodb):
    dynamodb.put_item(
        TableName=state_table, Item=store.to_item({**store.drill(ID), "stop": "not today"})
    )
    opened()
    assert record_of(ID, state_table, dynamodb)["stop"] == "not today"


def test_of_two_that_open_at_once_one_is_refused(
    opened, executions, state_table, dynamodb, monkeypatch
):
    seen = places.holder("feedback", state_table, dynamodb)
    opened(other())
    monkeypatch.setattr(places, "holder", _first(seen, places.holder))
    with pytest.raises(DrillRunning, match="weekly-7"):
        opened()


def _first(answer, then):
    """Give an answer once, and afterwards what is there."""
    answers = [answer]
    return lambda *where: answers.pop() if answers else then(*where)
