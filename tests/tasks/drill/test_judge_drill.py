"""judge_drill: what was recorded, what was left, and what nobody can read any more."""

import pytest
from drill_documents import (
    ID,
    NOW,
    TIMES,
    bad,
    component,
    drill,
    good,
    planned,
    put_plan,
)

from tasks import store
from tasks.drill import judge_drill, record_outcome
from tasks.drills import ledger
from tasks.errors import Throttled


@pytest.fixture
def plan(s3, evidence_bucket, state_table):
    return put_plan(s3, evidence_bucket, planned(), measure="restore_time")


@pytest.fixture
def record(plan):
    def record(name="items", check=None, **changes):
        checked = {"t": {"checks": [check or good()], "newest_record": "2026-11-02T02:59:00Z"}}
        request = {"component": component(name), "drill": drill(), "times": TIMES, "now": NOW}
        request["settings"] = {"done": True, "differences": []}
        return record_outcome.handler({**request, "checked": checked, **changes}, None)

    return record


@pytest.fixture
def judge(plan):
    return lambda **changes: judge_drill.handler({"plan": plan, "now": NOW, **changes}, None)


def test_a_green_component_makes_a_green_drill(judge, record):
    outcome = record()
    judgement = judge()
    assert judgement["verdict"] == "PASS"
    assert judgement["outcomes"] == [outcome]
    assert judgement["trend"]["words"] == "It is the first drill of this scenario"


def test_bad_data_makes_a_red_drill(judge, record):
    record(check=bad())
    assert judge()["verdict"] == "FAIL"


def test_a_component_that_never_came_back_makes_a_red_drill(judge):
    judgement = judge()
    assert judgement["verdict"] == "ERROR"
    assert judgement["reasons"] == ["items: what became of it is not recorded"]


def test_what_the_ledger_has_left_makes_a_red_drill(judge, record, state_table, dynamodb):
    record()
    row = {"component": "items", "target": {}, "now": NOW, "table": state_table}
    made = ledger.plan(ID, "table", "drill-1f0c2a9b-items", **row, dynamodb=dynamodb)
    assert (judge()["verdict"], judge()["clean"]) == ("FAIL", False)
    ledger.strike_out(made, "gone", now=NOW, table=state_table, dynamodb=dynamodb)
    assert (judge()["verdict"], judge()["clean"]) == ("PASS", True)


@pytest.mark.parametrize("how", ["changed", "deleted"])
def test_a_plan_that_is_not_what_was_written_makes_a_red_drill(
    how, judge, record, plan, s3, evidence_bucket
):
    record()
    place = {"Bucket": evidence_bucket, "Key": plan["plan_key"]}
    if how == "changed":
        s3.put_object(**place, Body=b"{}")
    else:
        s3.delete_object(**place)
    judgement = judge()
    assert judgement["verdict"] == "ERROR"
    assert judgement["reasons"][0] == "The plan has no component, or cannot be read"


def test_a_plan_that_may_not_be_read_makes_a_red_drill(
    plan, refusing, state_table, evidence_bucket, dynamodb, s3
):
    refused = refusing(s3, "get_object", "AccessDenied")
    judgement = judge_drill.judge(plan, {}, NOW, state_table, evidence_bucket, dynamodb, refused)
    assert judgement["verdict"] == "ERROR"


def test_the_drills_own_failure_makes_a_red_drill(judge, record):
    record()
    judgement = judge(failure={"Error": "DrillStopped", "Cause": "by alice"})
    assert (judgement["verdict"], judgement["findings"]) == ("ERROR", [])


def test_the_last_twelve_drills_are_looked_at(judge, record, state_table, dynamodb):
    record()
    for day in range(1, 16):
        ended_at = f"2026-10-{day:02d}T03:00:00Z"
        row = {
            **store.drills_of("feedback", "data-corruption", ended_at),
            "drill": f"daily-{day}",
            "verdict": "FAIL" if day == 15 else "PASS",
            "seconds": 10_000 if day < 4 else 1800,
        }
        dynamodb.put_item(TableName=state_table, Item=store.to_item(row))
    trend = judge()["trend"]
    assert (trend["drills"], trend["passed"], trend["median_seconds"]) == (12, 11, 1800)


def test_throttling_may_be_tried_again(plan, refusing, state_table, evidence_bucket, dynamodb, s3):
    refused = refusing(s3, "get_object", "SlowDown")
    with pytest.raises(Throttled):
        judge_drill.judge(plan, {}, NOW, state_table, evidence_bucket, dynamodb, refused)
