"""`daytwo drill list` and `show`: drills that run, what came of the others, and the proof."""

import hashlib
import json

import pytest
from drill_documents import EXECUTION, ID, bad

from tasks import store
from tasks.drills import papers


def test_the_drills_are_listed_the_newest_first(run, drills, feedback):
    drills.close()
    younger = {**drills.known(), **store.drill("weekly-2"), "opened_at": "2026-11-09T03:00:00Z"}
    feedback.write({**younger, "verdict": "FAIL", "status": "dirty"})

    result = run("drill", "list", "feedback")

    assert result.exit_code == 0
    assert result.stdout.index("weekly-2") < result.stdout.index(ID)
    assert "FAIL, not in order" in result.stdout
    assert "30 min 00 s" in result.stdout
    (newest,) = json.loads(run("drill", "list", "--most", "1", "--json").stdout)
    assert (newest["drill"], newest["verdict"]) == ("weekly-2", "FAIL")
    assert newest.keys().isdisjoint({"plan", "pk", "sk"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, " running "),
        ({"stop": "by alice"}, " stopping "),
        ({"status": "closed", "verdict": "FAIL", "kept_until": "2026"}, "FAIL, copies kept"),
    ],
)
def test_the_list_says_what_a_drill_is_at(run, drills, changes, said):
    drills.open(**changes)

    assert said in run("drill", "list").stdout


def test_a_stop_before_the_beginning_is_no_drill_yet(run, feedback):
    feedback.write({**store.drill(ID), "stop": "by alice"})

    assert run("drill", "list").stdout == "Drills: none\n"


def test_drills_of_an_unknown_system_are_wrong_input(run, feedback):
    result = run("drill", "list", "till")

    assert result.exit_code == 2
    assert "There is no system till" in result.stderr


@pytest.mark.parametrize("named", [ID, EXECUTION["id"]])
def test_a_drill_is_shown_with_checks_settings_and_proofs(run, drills, named):
    drills.close()

    result = run("drill", "show", named)

    assert result.exit_code == 0, result.output
    for said in (
        "PASS: drill data-corruption of feedback in dev",
        "Before the audit. Approved by: nobody was asked.",
        "item count",
        "time to live",
        "A copy is to be removed",
        "too big",
        "DescribeTable says that there is none",
        "unaltered",
    ):
        assert said in result.stdout


def test_why_it_is_not_green_is_said_line_by_line(run, drills):
    drills.close(bad())

    lines = run("drill", "show", ID).stdout.splitlines()

    assert lines[0].startswith("FAIL: drill data-corruption")
    assert lines[1].startswith("  items: item count failed: expected")


def test_as_json_it_is_the_evidence(run, drills):
    evidence = drills.close()

    assert json.loads(run("drill", "show", ID, "--json").stdout) == evidence


def test_evidence_that_was_altered_is_not_shown(run, drills, feedback):
    evidence = drills.close(bad())
    forged = json.dumps({**evidence, "verdict": "PASS"})
    feedback.evidence(papers.key(ID, "evidence.json"), forged)

    result = run("drill", "show", ID)

    assert result.exit_code == 1
    assert "evidence.json was altered" in result.stderr
    assert hashlib.sha256(forged.encode()).hexdigest() in result.stderr
    assert "The version that was written is v-1." in result.stderr
    assert result.stdout == ""


def test_evidence_that_is_gone_is_said(run, drills):
    drills.close(evidence_key="drills/monthly-1/evidence-9.json")

    result = run("drill", "show", ID)

    assert result.exit_code == 1
    assert "evidence-9.json is gone" in result.stderr


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_the_report_that_belongs_to_the_evidence_is_saved(run, drills, tmp_path, more):
    drills.close()
    path = tmp_path / "report.html"

    result = run("drill", "show", ID, "--report", str(path), *more)

    assert path.read_text() == "<h1>The report</h1>"
    assert str(path) in result.stderr
    assert str(path) not in result.stdout


def test_a_drill_that_runs_has_no_report(run, drills, tmp_path):
    drills.open()
    path = tmp_path / "report.html"

    result = run("drill", "show", ID, "--report", str(path))

    assert result.exit_code == 2
    assert "has no report yet" in result.stderr
    assert not path.exists()


def test_of_a_drill_that_runs_the_plan_is_shown_and_what_is_recorded(run, drills):
    drills.open()
    drills.record(bad())

    said = run("drill", "show", ID).stdout
    told = json.loads(run("drill", "show", ID, "--json").stdout)

    assert f"{ID}: running. The plan's digest is {drills.plan()}." in said
    assert "Green is: RPO of at most 3,600 s" in said
    assert "item count failed" in said
    assert (told["status"], told["outcomes"][0]["verdict"]) == ("running", "FAIL")
    assert told["plan"]["components"][0]["name"] == "items"


def test_whoever_is_to_approve_a_drill_sees_its_plan_and_digest(run, drills):
    digest = drills.plan()

    said = run("drill", "show", ID).stdout

    assert f"{ID}: not begun. The plan's digest is {digest}." in said
    assert "restore feedback-prod-items from its log" in said


def test_a_plan_that_was_altered_is_not_shown(run, drills):
    drills.open(digest="0" * 64)

    result = run("drill", "show", ID)

    assert result.exit_code == 1
    assert "plan.json was altered" in result.stderr


def test_an_unknown_drill_is_wrong_input(run, feedback):
    result = run("drill", "show", "nothing")

    assert result.exit_code == 2
    assert "There is no drill nothing" in result.stderr


@pytest.mark.parametrize(
    ("ledger", "changes", "said"),
    [
        ("planned", {"status": "dirty"}, "1 left behind (docs/at-night.md)"),
        ("gone", {"status": "dirty"}, "Not all of it is on record"),
        ("kept", {}, "Copies are kept until 2026-11-03"),
    ],
)
def test_what_is_left_to_a_person_is_said_with_the_command(run, drills, ledger, changes, said):
    drills.close(bad(), ledger, **changes)

    shown = run("drill", "show", ID).stdout

    assert said in shown
    assert f"daytwo drill clean {ID}" in shown
