"""close_drill: the verdict stands, the trend has it, the system is free."""

import pytest
from drill_documents import ID, NOW, plan, record_of

from tasks import store
from tasks.drill import close_drill
from tasks.drills import places, records

LATER = "2026-11-02T06:00:00Z"
EVIDENCE = {"key": "drills/monthly-1/evidence.json", "digest": "0" * 64}


def judgement(**changes):
    return {
        "verdict": "PASS",
        "clean": True,
        "left": [],
        "left_count": 0,
        "kept_until": "",
        "measure": "restore_time",
        "rto_seconds": -1,
        "restore_seconds": 1800,
        "rpo_seconds": 61,
        "reasons": [],
        "findings": [],
        "outcomes": [],
        "trend": {"drills": 0, "passed": 0, "median_seconds": -1, "words": "It is the first"},
        "words": "PASS: all is well.",
        "judged_at": NOW,
        **changes,
    }


@pytest.fixture
def close(opened, state_table, audit_table):
    opened(now="2026-11-02T03:00:30Z")

    def close(judged=None, evidence=EVIDENCE, failure=None, now=NOW):
        request = {"plan": plan(), "judgement": judged or judgement(), "evidence": evidence}
        return close_drill.handler({**request, "failure": failure or {}, "now": now}, None)

    return close


@pytest.fixture
def trend(state_table, dynamodb):
    def trend():
        pk = store.drills_of("feedback", "data-corruption", "")["pk"]
        return list(records.partition(pk, state_table, dynamodb))

    return trend


def test_a_green_drill_succeeds_and_frees_the_system(close, trend, state_table, dynamodb):
    answer = close()
    assert (answer["status"], answer["verdict"], answer["end"]) == ("closed", "PASS", "Succeeded")
    assert "Evidence: drills/monthly-1/evidence.json, SHA-256" in answer["words"]
    record = record_of(ID, state_table, dynamodb)
    assert (record["status"], record["verdict"], record["ended_at"]) == ("closed", "PASS", NOW)
    assert places.holder("feedback", state_table, dynamodb) == {}
    (row,) = trend()
    assert (row["drill"], row["seconds"], row["verdict"]) == (ID, 1800, "PASS")


@pytest.mark.parametrize("verdict", ["FAIL", "ERROR"])
def test_a_red_drill_that_is_cleaned_up_has_failed(verdict, close):
    answer = close(judgement(verdict=verdict))
    assert (answer["status"], answer["end"]) == ("closed", "DrillFailed")


def test_what_is_left_keeps_the_system_and_calls_a_person(close, state_table, dynamodb):
    answer = close(judgement(verdict="FAIL", clean=False, left_count=2))
    assert (answer["status"], answer["end"]) == ("dirty", "FailedDirty")
    assert places.holder("feedback", state_table, dynamodb)["drill"] == ID
    assert record_of(ID, state_table, dynamodb)["left"] == 2


@pytest.mark.parametrize("verdict", ["PASS", "FAIL"])
def test_without_evidence_no_drill_is_green(verdict, close):
    failure = {"Error": "EvidenceNotWritten", "Cause": "AccessDenied"}
    answer = close(judgement(verdict=verdict), evidence={}, failure=failure)
    assert answer["verdict"] == ("ERROR" if verdict == "PASS" else "FAIL")
    assert (answer["status"], answer["end"]) == ("dirty", "DrillFailed")
    assert "Not all is on record: EvidenceNotWritten: AccessDenied" in answer["words"]


def test_closed_again_it_keeps_its_verdict_its_time_and_its_metrics(
    close, trend, state_table, dynamodb, capsys
):
    close(judgement(verdict="FAIL", clean=False, left_count=1))
    capsys.readouterr()
    answer = close(judgement(verdict="PASS"), now=LATER)
    assert (answer["status"], answer["verdict"], answer["end"]) == ("closed", "FAIL", "DrillFailed")
    assert places.holder("feedback", state_table, dynamodb) == {}
    (row,) = trend()
    assert (row["ended_at"], row["verdict"]) == (NOW, "FAIL")
    assert '"Drills"' not in capsys.readouterr().out


def test_the_place_of_another_drill_is_not_freed(close, state_table, dynamodb):
    place = {**store.active_drill("feedback"), "drill": "weekly-7", "since": NOW}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(place))
    close()
    assert places.holder("feedback", state_table, dynamodb)["drill"] == "weekly-7"


def test_the_trail_has_who_drilled_what_and_how_it_ended(close, audit_table, dynamodb):
    close(judgement(verdict="FAIL"))
    close(judgement(verdict="PASS"), now=LATER)
    (item,) = dynamodb.scan(TableName=audit_table)["Items"]
    entry = store.from_item(item)
    assert entry["id"].endswith(f"{ID}#drill")
    assert (entry["what"], entry["on_what"]) == ("drill data-corruption", "feedback/dev")
    assert (entry["outcome"], entry["timestamp"]) == ("FAIL", NOW)
    assert entry["digest"] == EVIDENCE["digest"]


def test_figures_go_to_cloudwatch(close, capsys):
    close()
    said = capsys.readouterr().out
    assert '"verdict": "PASS", "Drills": 1' in said
    assert '"DrillRestoreSeconds": 1800' in said
    assert '"DrillRpoSeconds": 61' in said
    assert "DrillRtoSeconds" not in said


def test_kept_copies_are_told_with_their_end(close, state_table, dynamodb):
    until = "2026-11-03T04:00:00Z"
    assert f"until {until}" in close(judgement(kept_until=until))["words"]
    assert record_of(ID, state_table, dynamodb)["kept_until"] == until
