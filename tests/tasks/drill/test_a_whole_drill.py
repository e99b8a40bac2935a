"""The core of a drill from its plan to its end, each step fed with what the one before answered."""

import json
from types import SimpleNamespace

import pytest
from drill_documents import EXECUTION, ID, record_of
from drill_systems import request, scenario, system

from tasks import store
from tasks.drill import (
    close_drill,
    judge_drill,
    list_ledger,
    open_drill,
    plan_drill,
    record_findings,
    record_outcome,
    write_evidence,
)
from tasks.drills import ledger, places
from tasks.drills.verdicts import check
from tasks.errors import DrillRunning
from tasks.runtime import iso

CONTEXT = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f")


@pytest.fixture
def clock(aws):
    """Tell the account's time, a minute later each time."""

    def tell():
        aws.clock.advance(60)
        return iso(aws.clock.now())

    return tell


@pytest.fixture
def drilled(aws, state_table, audit_table, evidence_bucket, dynamodb, s3, clock):
    """Play a drill of one table through, with what its steps would have seen."""
    manifest = system({"data-corruption": scenario("orders", options={"corrupt_items": 0})})
    manifest["components"][1]["samples"] = 0
    item = {**store.system("feedback"), "manifest": json.dumps(manifest)}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(item))
    dynamodb.create_table(
        TableName="feedback-prod-orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.update_continuous_backups(
        TableName="feedback-prod-orders",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    aws.clock.advance(1800)

    def drilled(found="PASS", gone=True, execution=EXECUTION):
        asked = {"request": request(), "execution": execution, "now": clock()}
        plan = plan_drill.handler(asked, CONTEXT)
        drill = plan["drill"]
        open_drill.handler({"plan": plan, "now": clock()}, None)
        reply = s3.get_object(Bucket=evidence_bucket, Key=plan["components_key"])
        (component,) = json.loads(reply["Body"].read())
        where = {"table": state_table, "dynamodb": dynamodb}
        row = ledger.plan(
            drill["id"],
            "table",
            component["copy"],
            component="orders",
            target={},
            now=clock(),
            **where,
        )
        times = {"t3": clock(), "t4": clock(), "t5": clock()}
        names = ["item count", "checksum", "key schema", "index schema"]
        checks = [check(name, "PASS", "3", "3") for name in names[1:]]
        checks.append(check(names[0], found, "3", "3" if found == "PASS" else "2"))
        record_outcome.handler(
            {
                "component": component,
                "drill": drill,
                "times": times,
                "settings": {"differences": []},
                "checked": {"table": {"checks": checks, "newest_record": asked["now"]}},
                "now": clock(),
            },
            None,
        )
        listed = list_ledger.handler({"drill_id": drill["id"], "now": clock()}, None)
        assert listed["rows"] == [row]
        if gone:
            ledger.strike_out(row, "DescribeTable: not found", now=clock(), **where)
        judgement = judge_drill.handler({"plan": plan, "now": clock()}, None)
        judged = {"plan": plan, "judgement": judgement}
        evidence = write_evidence.handler({**judged, "now": clock()}, None)
        findings = record_findings.handler({**judged, "now": clock()}, None)
        closed = close_drill.handler({**judged, "evidence": evidence, "now": clock()}, None)
        return SimpleNamespace(judgement=judgement, findings=findings, closed=closed)

    return drilled


def another(name):
    return {**EXECUTION, "id": EXECUTION["id"].replace(ID, name), "name": name}


def test_a_green_drill_ends_well_and_leaves_the_system_free(drilled, state_table, dynamodb):
    ended = drilled()
    assert (ended.closed["end"], ended.closed["status"]) == ("Succeeded", "closed")
    assert ended.judgement["restore_seconds"] == 120
    assert ended.judgement["rpo_seconds"] == 0
    assert places.holder("feedback", state_table, dynamodb) == {}
    assert record_of(ID, state_table, dynamodb)["evidence_digest"]


def test_a_second_drill_is_compared_with_the_first(drilled):
    drilled()
    ended = drilled(execution=another("monthly-2"))
    assert ended.judgement["trend"]["words"] == (
        "120 s are as the median of 120 s; 1 of the last 1 drills passed"
    )


def test_a_red_drill_opens_an_action_that_the_next_green_one_tests(drilled):
    red = drilled("FAIL")
    assert (red.closed["end"], red.closed["verdict"]) == ("DrillFailed", "FAIL")
    assert len(red.findings["ops_items"]) == 1
    green = drilled(execution=another("monthly-2"))
    assert green.findings["retested"] == red.findings["opened"]


def test_a_copy_that_is_left_behind_keeps_the_next_drill_out(drilled, monkeypatch):
    ended = drilled(gone=False)
    assert (ended.closed["end"], ended.closed["verdict"]) == ("FailedDirty", "FAIL")
    monkeypatch.setattr(places, "is_running", lambda execution, stepfunctions: False)
    with pytest.raises(DrillRunning, match="has left 1 behind: table drill-"):
        drilled(execution=another("monthly-2"))
