"""What every component goes through: its chain, and its record whatever breaks."""

import pytest
from drill_documents import component, drill
from interpreter import run

from workflows.asl import write
from workflows.recovery.failures import zone_failure
from workflows.recovery.frame import component_steps

RECORDED = {"component": "web", "verdict": "PASS"}


def play(tasks, **changes):
    document = {"component": component("web", **changes), "drill": drill()}
    definition = write(component_steps({"zone_failure": zone_failure}), "a component", 60)
    return run(definition, document, {"drill.record_outcome": RECORDED, **tasks})


def recorded(result):
    (found,) = result.inputs("drill.record_outcome")
    return found


def test_a_chain_that_nobody_wrote_is_an_error_and_no_silent_pass():
    result = play({}, chain="quantum_computer")
    assert result.status == "SUCCEEDED"
    assert recorded(result)["failure"]["Error"] == "UnknownComponentType"


def test_what_breaks_is_recorded_with_its_cause():
    refused = type("GroupUnknown", (Exception,), {})("there is no group")
    result = play({"scenario.take_zone_away": refused}, chain="zone_failure")
    found = recorded(result)
    assert found["failure"]["Error"] == "GroupUnknown"
    assert "there is no group" in found["failure"]["Cause"]
    assert found["times"]["t0"]
    assert found["times"]["t6"] == ""


def test_a_step_that_is_never_done_is_given_up():
    waiting = {"done": False, "state": "waits", "row": {}, "lost": [], "zone": "", "least_seen": 0}
    result = play({"scenario.take_zone_away": waiting}, chain="zone_failure")
    assert recorded(result)["failure"]["Error"] == "States.Timeout"
    assert "are members lost" in recorded(result)["failure"]["Cause"]


def test_a_record_that_cannot_be_written_fails_the_child_so_that_it_is_missed():
    result = play({"drill.record_outcome": Exception("no table")}, chain="quantum_computer")
    assert result.status == "FAILED"


@pytest.mark.parametrize("time", ["t0", "t1", "t2", "t3", "t4", "t5", "t6"])
def test_every_moment_of_a_failure_is_taken_from_step_functions_clock(time):
    taken = {"done": True, "state": "", "row": {}, "lost": [], "zone": "a", "least_seen": 1}
    looked = {**taken, "checks": []}
    del looked["row"]
    tasks = {
        "scenario.take_zone_away": taken,
        "scenario.check_group": looked,
        "scenario.restore_group": {"done": True, "proof": "seen"},
        "integrity.check_application": {"checks": []},
    }
    result = play(tasks, chain="zone_failure")
    assert recorded(result)["times"][time].endswith("Z")
