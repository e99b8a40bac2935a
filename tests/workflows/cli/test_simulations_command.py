"""`daytwo simulation`."""

import hashlib
import json

import pytest
import simulations
from simulations import ID

from tasks import store
from workflows.cli.drills.evidence import name_of

SCENARIO = {
    "scenario": "data-corruption",
    "drill": f"{ID}-data-corruption",
    "verdict": "PASS",
    "measure": "restore time",
    "target_seconds": 3600,
    "actual_seconds": 412,
    "rpo_target_seconds": 900,
    "rpo_seconds": -1,
    "words": "",
}
SIGNED = {
    "team": "platform",
    "state": "signed",
    "overdue": True,
    "who": simulations.BOB,
    "when": "2026-11-02T04:30:00Z",
    "reason": "seen it",
    "due_at": "2026-11-02T04:00:00Z",
    "asked": True,
}
ACTION = {
    "id": "1f0c2a9b33",
    "scenario": "az-failure",
    "text": "too slow",
    "owner": "team-shop",
    "due_at": "2026-12-02T04:00:00Z",
    "status": "open",
}


def document(**changes):
    return {
        "words": f"PASS: simulation {ID} of shop.",
        "final": True,
        "scenarios": [SCENARIO],
        "sign_offs": [SIGNED],
        "review": {"did_not": ["it was late"], "questions": ["Who knew?"], "actions": [ACTION]},
        **changes,
    }


@pytest.fixture
def registered(daytwo):
    daytwo.register(simulations.system())
    return daytwo


@pytest.fixture
def recorded(registered):
    def recorded(found=None, **changes):
        content = json.dumps(found or document())
        registered.evidence(f"simulations/{ID}/report.json", content)
        registered.evidence(f"simulations/{ID}/report.html", "<p>the report</p>")
        record = {
            **store.simulation(ID),
            "status": "closed",
            "verdict": "PASS",
            "system": "shop",
            "scenarios": ["data-corruption", "infrastructure-failure"],
            "execution": simulations.EXECUTION["id"],
            "opened_at": simulations.PLANNED_AT,
            "ended_at": simulations.NOW,
            "evidence_key": f"simulations/{ID}/report.json",
            "evidence_digest": hashlib.sha256(content.encode()).hexdigest(),
            "report_key": f"simulations/{ID}/report.html",
            **changes,
        }
        registered.write(record)

    return recorded


def test_a_simulation_is_started_as_the_caller(run, registered):
    result = run("simulation", "start", "shop", "--reason", "the third quarter")

    assert result.exit_code == 0, result.output
    simulation = result.stdout.splitlines()[0]
    assert simulation.startswith("shop-simulation-")
    machine = registered.outputs["DrSimulationStateMachineArn"]
    (started,) = registered.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
    assert name_of(started["executionArn"]) == simulation
    described = registered.stepfunctions.describe_execution(executionArn=started["executionArn"])
    assert json.loads(described["input"]) == {
        "system": "shop",
        "scenarios": [],
        "requested_by": "arn:aws:sts::123456789012:user/moto",
        "reason": "the third quarter",
    }


def test_scenarios_are_played_in_the_order_that_is_asked_for(run, registered):
    order = ["infrastructure-failure", "data-corruption"]
    asked = [word for name in order for word in ("--scenario", name)]
    result = run("simulation", "start", "shop", *asked, "--json")
    assert json.loads(result.stdout)["request"]["scenarios"] == order


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["till"], "There is no system till"),
        (["shop", "--scenario", "region-outage"], "region-outage is no scenario of shop"),
        (["shop", "--reason", "x" * 257], "reason"),
    ],
)
def test_what_would_be_refused_is_not_started(arguments, said, run, registered):
    result = run("simulation", "start", *arguments)
    assert result.exit_code == 2
    assert said in result.output
    machine = registered.outputs["DrSimulationStateMachineArn"]
    assert registered.stepfunctions.list_executions(stateMachineArn=machine)["executions"] == []


def test_with_wait_it_is_followed_to_its_end(run, registered):
    output = {"report": {"words": "PASS: simulation of shop: 2 of 2 scenarios green."}}
    done = {"Type": "Pass", "Result": output, "End": True}
    registered.define({"StartAt": "Done", "States": {"Done": done}}, "DrSimulation")

    result = run("simulation", "start", "shop", "--wait")

    assert result.exit_code == 0
    assert "PASS: simulation of shop: 2 of 2 scenarios green." in result.stdout
    assert "daytwo simulation show shop-simulation-" in result.stdout


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("SimulationFailed", "daytwo actions list"),
        ("FailedClean", "Nothing was begun"),
        ("OddError", "It was cut off"),
    ],
)
def test_watch_says_what_to_do_after_each_end(error, said, run, registered):
    fail = {"Type": "Fail", "Error": error, "Cause": "it is so"}
    registered.define({"StartAt": "End", "States": {"End": fail}}, "DrSimulation")
    execution = registered.run(workflow="DrSimulation")

    result = run("watch", execution)

    assert result.exit_code == 1
    assert f"{error}: it is so" in result.stdout
    assert said in result.stdout


def test_the_list_has_the_newest_first_and_what_still_runs(run, recorded):
    recorded()
    recorded(**store.simulation("quarterly-2"), status="running", verdict="", ended_at="")
    result = run("simulation", "list", "shop", "--json")
    assert [row["status"] for row in json.loads(result.stdout)] == ["closed", "running"]
    assert json.loads(run("simulation", "list", "till", "--json").stdout) == []
    shown = run("simulation", "list").stdout
    assert "PASS" in shown
    assert "running" in shown


def test_show_has_targets_actuals_sign_offs_and_actions(run, recorded):
    recorded()
    shown = run("simulation", "show", ID).stdout
    words = " ".join(shown.split())
    assert "restore time" in words
    assert "not measured" in words
    assert "platform signed it by" in words
    assert "which was overdue: seen it" in words
    for part in ("it was late", "Who knew?", "team-shop"):
        assert part in words


def test_show_gives_the_document_itself_and_saves_the_page(run, recorded, tmp_path):
    recorded()
    path = tmp_path / "report.html"
    result = run("simulation", "show", ID, "--json", "--report", str(path))
    assert json.loads(result.stdout) == document()
    assert path.read_text() == "<p>the report</p>"


def test_until_all_have_signed_it_shows_what_they_sign(run, recorded):
    recorded(document(final=False, sign_offs=[]))
    assert "daytwo approvals" in run("simulation", "show", ID).stdout


def test_a_report_that_was_altered_is_not_shown(run, recorded, registered):
    recorded()
    registered.evidence(f"simulations/{ID}/report.json", json.dumps(document(words="PASS")))
    result = run("simulation", "show", ID)
    assert result.exit_code == 1
    assert "was altered" in result.output


@pytest.mark.parametrize(
    ("record", "said"),
    [(None, "There is no simulation"), ({"evidence_key": ""}, "has no results: it is running")],
)
def test_what_has_no_results_is_said(record, said, run, recorded):
    if record:
        recorded(status="running", **record)
    result = run("simulation", "show", ID)
    assert result.exit_code == 2
    assert said in result.output
