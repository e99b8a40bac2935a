"""record_outcome: the verdict on a component, written once."""

import pytest
from drill_documents import ID, NOW, TIMES, bad, component, drill, good, put_plan

from tasks.drill import record_outcome
from tasks.drills import papers, records
from tasks.errors import AwsCallFailed, Throttled

REQUEST = {
    "component": component(),
    "drill": drill(),
    "times": TIMES,
    "settings": {"done": True, "differences": []},
    "checked": {
        "table": {"checks": [good()], "newest_record": "2026-11-02T02:59:00Z", "items": 3},
        "digest": {"done": True, "sum": "0f"},
    },
    "now": NOW,
}


@pytest.fixture
def recorded(state_table, evidence_bucket, s3, dynamodb):
    put_plan(s3, evidence_bucket)
    return lambda **changes: record_outcome.handler({**REQUEST, **changes}, None)


def test_it_says_what_became_of_the_component_and_keeps_the_rest_on_file(
    recorded, s3, evidence_bucket
):
    outcome = recorded()
    assert outcome["verdict"] == "PASS"
    assert (outcome["passed"], outcome["restore_seconds"]) == (4, 1800)
    assert outcome["key"] == "drills/monthly-1/items/outcome.json"
    on_file = papers.get(outcome["key"], evidence_bucket, s3, outcome["digest"])
    assert on_file["answers"]["table"] == {"newest_record": "2026-11-02T02:59:00Z", "items": 3}
    assert on_file["phases"] == {"restore": 1200.5, "validation": 599.5}


def test_the_first_record_stands(recorded, state_table, dynamodb):
    first = recorded()
    again = recorded(checked={"table": {"checks": [bad()]}}, now="2026-11-02T04:10:00Z")
    assert again == first
    assert records.outcomes(ID, state_table, dynamodb)["items"]["verdict"] == "PASS"


def test_a_step_that_failed_is_recorded_without_checks_or_times(recorded):
    failure = {"Error": "States.Timeout", "Cause": ""}
    outcome = recorded(times={}, settings={}, checked={}, failure=failure)
    assert outcome["verdict"] == "ERROR"
    assert outcome["reasons"] == [
        "steps broke: expected all steps end well, observed States.Timeout: It took longer than "
        "it may [States.Timeout]"
    ]


def test_a_component_that_is_not_of_the_plan_is_refused(recorded):
    with pytest.raises(AwsCallFailed, match="has no component orders"):
        recorded(component=component("orders"))


def test_throttling_may_be_tried_again(recorded, refusing, s3, state_table, dynamodb):
    refused = refusing(dynamodb, "put_item", "ThrottlingException")
    with pytest.raises(Throttled):
        record_outcome.record(
            {**REQUEST, "failure": {}}, state_table, "daytwo-evidence", refused, s3
        )
    assert recorded()["verdict"] == "PASS"


def test_of_two_deliveries_at_once_the_first_one_stands(
    recorded, monkeypatch, state_table, dynamodb, s3
):
    first = recorded()
    monkeypatch.setattr(records, "read", lambda *where: {})
    request = {**REQUEST, "failure": {}, "now": "2026-11-02T04:10:00Z"}
    again = record_outcome.record(request, state_table, "daytwo-evidence", dynamodb, s3)
    assert again == first
