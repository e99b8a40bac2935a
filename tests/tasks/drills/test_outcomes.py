"""What became of a component: data, settings, times and losses in one verdict."""

import pytest
from drill_documents import NOW, OBJECTIVES, PLANNED_AT, TIMES, at, bad, good, planned

from tasks.drills import outcomes

NEWEST = "2026-11-02T02:59:00Z"
LOST = {
    "setting": "time to live",
    "expected": "on expires_at",
    "observed": "off",
    "outcome": "lost",
    "reason": "UpdateTimeToLive was accepted and is not there",
}
SAME = {"done": True, "differences": []}
RTO_TIMES = {f"t{number}": at(number + 1) for number in range(7)}


def judged(component=None, **seen):
    given = {
        "times": TIMES,
        "settings": SAME,
        "checked": {"table": {"checks": [good()], "newest_record": NEWEST}},
        "failure": {},
        "now": NOW,
        "not_before": PLANNED_AT,
        **seen,
    }
    return outcomes.judged(component or planned(), OBJECTIVES, given)


def verdict_of(outcome, name):
    return next(check["verdict"] for check in outcome["checks"] if check["name"] == name)


def test_good_data_in_time_passes():
    outcome = judged()
    assert outcome["verdict"] == "PASS"
    assert outcome["restore_seconds"] == 1800
    assert outcome["rto_seconds"] == -1
    assert outcome["rpo_seconds"] == 61
    assert outcome["newest_record"]["told_by"] == "the newest record"
    assert [check["name"] for check in outcome["checks"]] == [
        "item count",
        "settings as the source's",
        "restore time",
        "RPO",
    ]


@pytest.mark.parametrize(
    ("seen", "verdict", "name"),
    [
        ({"checked": {"table": {"checks": [bad()]}}}, "FAIL", "item count"),
        ({"checked": {"table": {"checks": [bad(verdict="ERROR")]}}}, "ERROR", "item count"),
        ({"checked": {"table": {"checks": [bad(verdict="SKIPPED")]}}}, "ERROR", "item count"),
        ({"checked": {}}, "ERROR", "checks"),
        ({"checked": {"table": {"checks": []}}}, "ERROR", "checks"),
        ({"checked": {"table": {"checks": [good("another")]}}}, "ERROR", "item count"),
        ({"settings": {"differences": [LOST]}}, "FAIL", "settings as the source's"),
        ({"settings": {}}, "ERROR", "settings as the source's"),
        ({"times": {**TIMES, "t5": ""}}, "ERROR", "clock"),
        ({"times": {**TIMES, "t4": at(0, 30)}}, "ERROR", "clock"),
        ({"times": {**TIMES, "t4": "", "t5": TIMES["t3"]}}, "ERROR", "clock"),
        ({"times": {**TIMES, "t5": "2026-11-02T05:01:00.5Z"}, "now": at(0)}, "ERROR", "clock"),
        (
            {"times": {**TIMES, "t5": "2026-11-02T05:01:00.5Z"}, "now": "2026-11-02T06:00:00Z"},
            "FAIL",
            "restore time",
        ),
        (
            {"checked": {"t": {"checks": [good()], "newest_record": "2026-11-02T01:59:00Z"}}},
            "FAIL",
            "RPO",
        ),
        ({"failure": {"Error": "AccessRefused", "Cause": "no"}, "checked": {}}, "ERROR", "steps"),
        ({"failure": {"Error": "Throttled", "Cause": "without end"}}, "ERROR", "steps"),
    ],
)
def test_each_of_these_turns_it_red(seen, verdict, name):
    outcome = judged(**seen)
    assert outcome["verdict"] == verdict
    assert verdict_of(outcome, name) == verdict


def test_bad_data_stays_known_when_something_broke_as_well():
    outcome = judged(
        checked={"table": {"checks": [bad()]}}, failure={"Error": "Throttled", "Cause": "no"}
    )
    assert outcome["verdict"] == "FAIL"


def test_a_failure_says_its_innermost_error_and_no_clock_is_blamed_for_it():
    cause = '{"errorType": "RestoreFailed", "errorMessage": "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}'
    outcome = judged(
        times={}, checked={}, settings={}, failure={"Error": "RestoreFailed", "Cause": cause}
    )
    (check,) = outcome["checks"]
    assert check["observed"] == "RestoreFailed: INACCESSIBLE_ENCRYPTION_CREDENTIALS"


def test_what_the_manifest_leaves_out_is_no_failure_and_is_told():
    component = planned(skipped={"item count": "the table is rewritten all day"})
    outcome = judged(component, checked={"t": {"checks": [bad(), good("schema")]}})
    assert outcome["verdict"] == "PASS"
    assert outcomes.summary(outcome)["skipped"] == 1


def test_a_check_left_out_that_nobody_made_is_on_record_as_well():
    component = planned(checks=[], skipped={"sample reads": "too big"})
    found = judged(component)["checks"]
    assert [check["verdict"] for check in found if check["name"] == "sample reads"] == ["SKIPPED"]


def test_a_component_whose_every_check_is_left_out_is_not_green():
    component = planned(skipped={"item count": "not wanted"})
    outcome = judged(component, checked={"t": {"checks": [good()]}})
    assert outcome["verdict"] == "ERROR"
    assert verdict_of(outcome, "checks") == "ERROR"
    assert verdict_of(outcome, "restore time") == "PASS"


def test_an_empty_table_that_tells_no_newest_record_is_no_failure():
    outcome = judged(checked={"table": {"checks": [good()], "newest_record": ""}})
    assert outcome["verdict"] == "PASS"
    assert outcome["newest_record"]["told_by"] == "the recovery point, as no record tells"
    assert outcome["rpo_seconds"] == 301


def test_where_something_fails_the_loss_is_counted_from_the_failure():
    component = planned(measure="rto", rpo=False, chain="database_failover")
    outcome = judged(component, times=RTO_TIMES)
    assert (outcome["rto_seconds"], outcome["rpo_seconds"]) == (360, 120)
    assert verdict_of(outcome, "RTO") == "PASS"


def test_what_has_no_data_has_no_rpo():
    component = planned(measure="rto", rpo=False, chain="bad_version")
    outcome = judged(component, times=RTO_TIMES, checked={"t": {"checks": [good()]}})
    assert outcome["rpo_seconds"] == -1
    assert outcome["verdict"] == "PASS"


def test_the_newest_of_all_records_counts():
    answers = {
        "table": {"checks": [good()], "newest_record": "2026-11-02T02:50:00Z"},
        "sentinel": {"checks": [], "newest_record": "2026-11-02T02:59:30.5Z"},
    }
    assert judged(checked=answers)["rpo_seconds"] == 31


def test_settings_that_were_brought_back_pass_and_are_on_record():
    difference = {**LOST, "outcome": "reapplied"}
    outcome = judged(settings={"done": True, "differences": [difference]})
    assert outcome["verdict"] == "PASS"
    assert outcome["settings"] == [difference]


def test_what_loses_no_settings_needs_nobody_to_compare_them():
    component = planned(settings=False, chain="volumes")
    assert judged(component, settings={})["verdict"] == "PASS"


def test_a_summary_is_short_whatever_there_is_to_say():
    checks = [{**bad(f"check {number}"), "detail": "x" * 500} for number in range(50)]
    summary = outcomes.summary(judged(checked={"t": {"checks": checks}}))
    assert len(summary["reasons"]) == 3
    assert all(len(reason) <= 300 for reason in summary["reasons"])
    assert summary["reasons"][-1] == "and 49 more"
    assert (summary["failed"], summary["broken"]) == (50, 1)
