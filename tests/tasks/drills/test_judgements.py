"""The verdict on a drill: what is missing, left or too slow is never green."""

import pytest
from drill_documents import NOW, OBJECTIVES, TIMES, at, drill, planned
from hypothesis import given
from hypothesis import strategies as st

from tasks.drills import judgements, papers

RTO_TIMES = {f"t{number}": at(number + 1) for number in range(7)}


def outcome(name="items", **changes):
    return {
        "component": name,
        "chain": "table",
        "verdict": "PASS",
        "measure": "restore_time",
        "rto_seconds": -1,
        "restore_seconds": 1800,
        "rpo_seconds": 61,
        "passed": 3,
        "failed": 0,
        "broken": 0,
        "skipped": 0,
        "error": "",
        "reasons": [],
        "times": TIMES,
        "key": papers.key("monthly-1", name, "outcome.json"),
        "digest": "0" * 64,
        **changes,
    }


def row(status="planned", **changes):
    return {
        "kind": "table",
        "name": "drill-1f0c2a9b-items",
        "component": "items",
        "status": status,
        "gone_at": at(40) if status != "planned" else "",
        **changes,
    }


def past(verdict="PASS", seconds=1700):
    return {"drill": "weekly-7", "verdict": verdict, "seconds": seconds}


def judged(*outcomes, names=("items",), rows=(), past=(), failure=None, measure="restore_time"):
    plan = {
        "drill": drill(),
        "objectives": OBJECTIVES,
        "measure": measure,
        "components": [planned(name) for name in names],
    }
    recorded = {one["component"]: one for one in outcomes}
    return judgements.judged(plan, recorded, rows, past, failure or {}, NOW)


def kinds(judgement):
    return [finding["kind"] for finding in judgement["findings"]]


def test_a_green_drill_says_its_figures():
    judgement = judged(outcome(), rows=[row("gone")])
    assert (judgement["verdict"], judgement["clean"]) == ("PASS", True)
    assert judgement["findings"] == judgement["reasons"] == judgement["left"] == []
    assert judgement["words"] == (
        "PASS: drill data-corruption of feedback in dev: 1 of 1 components judged, restore time "
        "1,800 s of 7,200 s, RPO 61 s of 3,600 s, nothing left behind."
    )


@pytest.mark.parametrize(
    ("given", "verdict", "kind"),
    [
        ({"names": ("items", "orders")}, "ERROR", "no_outcome"),
        ({"names": ()}, "ERROR", "plan"),
        ({"rows": [row()]}, "FAIL", "cleanup"),
        ({"failure": {"Error": "States.Timeout", "Cause": ""}}, "ERROR", "drill_failed"),
    ],
)
def test_each_of_these_turns_it_red(given, verdict, kind):
    judgement = judged(outcome(), **given)
    assert judgement["verdict"] == verdict
    assert kind in kinds(judgement)


def test_a_drill_of_which_nothing_is_recorded_is_an_error():
    judgement = judged()
    assert judgement["verdict"] == "ERROR"
    assert (judgement["restore_seconds"], judgement["rpo_seconds"]) == (-1, -1)


@pytest.mark.parametrize(("verdict", "kind"), [("FAIL", "failed"), ("ERROR", "broken")])
def test_a_component_that_is_not_green_is_a_finding(verdict, kind):
    judgement = judged(outcome(verdict=verdict, reasons=["item count failed"]))
    assert judgement["verdict"] == verdict
    (finding,) = judgement["findings"]
    assert finding == {"component": "items", "kind": kind, "text": "items: item count failed"}


def test_an_outcome_that_nobody_planned_is_an_error():
    assert judged(outcome(), outcome("orders"))["verdict"] == "ERROR"


def test_what_is_left_is_named_and_a_person_must_look():
    judgement = judged(outcome(), rows=[row(), row("gone", kind="bucket")])
    assert judgement["clean"] is False
    assert (judgement["left"], judgement["left_count"]) == (["table drill-1f0c2a9b-items"], 1)


def test_what_is_left_does_not_make_bad_data_of_what_nobody_could_judge():
    judgement = judged(outcome(verdict="ERROR"), rows=[row()])
    assert (judgement["verdict"], judgement["clean"]) == ("ERROR", False)
    assert kinds(judgement) == ["broken", "cleanup"]


def test_what_is_kept_on_purpose_is_clean_and_has_an_end():
    judgement = judged(outcome(verdict="FAIL"), rows=[row("kept")])
    assert judgement["clean"] is True
    assert judgement["kept_until"] == "2026-11-03T03:40:00Z"
    assert "nothing left behind but 1 kept for a look." in judgement["words"]


def test_a_person_who_stopped_it_left_nothing_to_mend():
    stopped = outcome(verdict="ERROR", error="DrillStopped", reasons=["stopped by alice"])
    judgement = judged(stopped, failure={"Error": "DrillStopped", "Cause": "by alice"})
    assert judgement["verdict"] == "ERROR"
    assert judgement["findings"] == []
    assert judgement["reasons"] == ["items: stopped by alice", "DrillStopped: by alice"]


def test_the_time_of_all_is_from_the_first_to_the_last():
    late = {**TIMES, "t3": at(30), "t5": "2026-11-02T05:30:00Z"}
    judgement = judged(
        outcome(), outcome("orders", times=late, restore_seconds=7200), names=("items", "orders")
    )
    assert judgement["restore_seconds"] == 2 * 3600 + 29 * 60
    assert judgement["rto_seconds"] == -1
    assert judgement["verdict"] == "FAIL"
    assert kinds(judgement) == ["objective"]
    assert "of all components together is 8,940 s" in judgement["reasons"][0]


def test_an_objective_that_a_component_missed_is_not_told_twice():
    slow = {**TIMES, "t5": "2026-11-02T06:30:00Z"}
    missed = outcome(verdict="FAIL", times=slow, restore_seconds=12_540, reasons=["too slow"])
    assert kinds(judged(missed)) == ["failed"]


def test_where_something_fails_the_rto_is_told():
    judgement = judged(outcome(measure="rto", rto_seconds=360, times=RTO_TIMES), measure="rto")
    assert judgement["rto_seconds"] == 360
    assert "RTO 360 s of 7,200 s" in judgement["words"]


@pytest.mark.parametrize(
    ("past", "words", "slower"),
    [
        ([], "It is the first drill of this scenario", False),
        ([past("ERROR", -1)], "0 of the last 1 drills passed", False),
        ([past(), past(seconds=1900)], "1,800 s are as the median of 1,800 s; 2 of the", False),
        ([past(seconds=900)] * 3, "are 100 % slower than the median of 900 s", True),
        ([past(seconds=3600), past("FAIL", 10)], "50 % faster than the median of 3,600 s", False),
    ],
)
def test_the_trend_tells_how_it_compares(past, words, slower):
    judgement = judged(outcome(), past=past)
    assert words in judgement["trend"]["words"]
    assert judgement["verdict"] == "PASS"
    assert ("slower" in kinds(judgement)) is slower


ANY = st.sampled_from(["PASS", "FAIL", "ERROR", None])


@given(st.lists(ANY, min_size=1, max_size=5), st.lists(st.sampled_from(["gone", "planned"])))
def test_only_a_drill_with_nothing_wrong_is_green(verdicts, statuses):
    names = [f"component-{number}" for number in range(len(verdicts))]
    found = [
        outcome(name, verdict=verdict)
        for name, verdict in zip(names, verdicts, strict=True)
        if verdict
    ]
    rows = [row(status, name=f"copy-{number}") for number, status in enumerate(statuses)]
    judgement = judged(*found, names=names, rows=rows)
    good = set(verdicts) == {"PASS"} and "planned" not in statuses
    assert (judgement["verdict"] == "PASS") is good
    assert bool(judgement["findings"]) is not good
    assert judgement["clean"] is ("planned" not in statuses)


def test_a_judgement_is_small_whatever_went_wrong():
    import json

    names = [f"component-{number}" for number in range(40)]
    reasons = ["x" * 300] * 3
    found = [outcome(name, verdict="FAIL", reasons=reasons) for name in names]
    rows = [row(name=f"drill-1f0c2a9b-{'x' * 200}-{number}") for number in range(200)]
    judgement = judged(*found, names=names, rows=rows)
    assert len(json.dumps(judgement)) < 128 * 1024
    assert len(judgement["findings"]) == 40
