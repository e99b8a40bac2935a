"""list_ledger: what is to be removed or undone, and what is kept for a look."""

import pytest
from drill_documents import ID, NOW, plan

from tasks import store
from tasks.drill import list_ledger
from tasks.drills import ledger

KINDS = ["table", "database", "health_check"]


@pytest.fixture
def made(opened, state_table, dynamodb):
    opened(plan(component_count=1))
    for number, kind in enumerate(KINDS):
        ledger.plan(
            ID,
            kind,
            f"drill-1f0c2a9b-{kind}",
            component="items",
            target={},
            now=f"2026-11-02T03:00:0{number}Z",
            table=state_table,
            dynamodb=dynamodb,
        )


@pytest.fixture
def outcome(state_table, dynamodb):
    def put(verdict, component="items"):
        item = {**store.outcome(ID, component), "verdict": verdict, "outcome": "{}"}
        dynamodb.put_item(TableName=state_table, Item=store.to_item(item))

    return put


@pytest.fixture
def listed(made, state_table, dynamodb):
    return lambda keep="never": list_ledger.rows(ID, keep, NOW, state_table, dynamodb)


def kinds(answer):
    return [row["kind"] for row in answer["rows"]]


def test_disturbances_are_undone_first(listed):
    answer = listed()
    assert kinds(answer) == ["health_check", "table", "database"]
    assert (answer["count"], answer["more"], answer["kept"]) == (3, False, 0)


def test_what_is_gone_is_not_listed(listed, state_table, dynamodb):
    for row in listed()["rows"]:
        ledger.strike_out(row, "seen", now=NOW, table=state_table, dynamodb=dynamodb)
    assert listed()["rows"] == []


@pytest.mark.parametrize("verdict", ["FAIL", "ERROR", None])
def test_copies_are_kept_on_failure_and_disturbances_never(verdict, listed, outcome):
    if verdict:
        outcome(verdict)
    answer = listed("on_failure")
    assert kinds(answer) == ["health_check"]
    assert answer["kept"] == 2
    assert listed("on_failure")["kept"] == 2


def test_a_green_drill_keeps_nothing(listed, outcome):
    outcome("PASS")
    answer = listed("on_failure")
    assert answer["count"] == 3
    assert answer["kept"] == 0


def test_what_was_kept_is_removed_when_nothing_is_to_be_kept_any_more(listed):
    listed("on_failure")
    assert sorted(kinds(listed("never"))) == sorted(KINDS)


def test_no_more_than_a_page_is_given_at_once(listed, monkeypatch):
    monkeypatch.setattr(list_ledger, "MOST_ROWS", 2)
    answer = listed()
    assert (len(answer["rows"]), answer["count"], answer["more"]) == (2, 2, True)


def test_the_task_answers_with_rows_that_fit_their_schema(made, state_table, aws):
    answer = list_ledger.handler({"drill_id": ID, "now": NOW}, None)
    assert answer["count"] == 3
