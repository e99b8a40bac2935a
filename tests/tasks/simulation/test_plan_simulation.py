"""plan_simulation: what is going to be played is written down, and one goes on at a time."""

import json

import pytest
import simulations
from simulations import ALICE, EXECUTION, ID

from schemas.validation import check
from tasks import store
from tasks.errors import InvalidInput, SimulationRefused, SimulationRunning, UnknownSystem
from tasks.simulation import plan_simulation
from tasks.simulations import folders


def test_the_scenarios_are_the_manifests_in_their_order(shop):
    plan = shop.plan()
    assert [one["name"] for one in plan["scenarios"]] == list(simulations.SCENARIOS)
    assert plan["teams"] == simulations.TEAMS
    assert (plan["announce_seconds"], plan["sign_off_seconds"]) == (600, 3600)


def test_the_simulations_own_order_goes_before_the_manifests(shop):
    order = ["infrastructure-failure", "data-corruption"]
    described = simulations.system()
    described["recovery"]["simulation"]["scenarios"] = order
    simulations.register(shop.table, shop.dynamodb, described)
    assert [one["name"] for one in shop.plan()["scenarios"]] == order


def test_what_is_asked_for_goes_before_both(shop):
    plan = shop.plan(scenarios=["infrastructure-failure"])
    assert [one["name"] for one in plan["scenarios"]] == ["infrastructure-failure"]


def test_each_drill_has_a_name_and_a_request_of_its_own(shop):
    (first, second) = shop.plan(reason="the third quarter")["scenarios"]
    assert first["drill"] == f"{ID}-data-corruption"
    assert second["drill"] == f"{ID}-infrastructure-failure"
    asked = check(first["request"], "workflows/restore_drill")
    assert (asked["system"], asked["scenario"]) == ("shop", "data-corruption")
    assert (asked["simulation"], asked["requested_by"]) == (ID, ALICE)
    assert asked["reason"] == f"simulation {ID}: the third quarter"


def test_the_whole_plan_is_in_the_evidence_bucket_before_anything_starts(shop):
    plan = shop.plan()
    whole = json.loads(shop.object(plan["plan_key"]))
    assert plan["plan_key"] == f"simulations/{ID}/plan.json"
    assert whole["planned_at"] == simulations.PLANNED_AT
    (first, _) = whole["scenarios"]
    assert first["objectives"] == {"rto_seconds": 3600, "rpo_seconds": 900}
    assert [one["environment"] for one in first["environments"]] == ["dev", "prod"]
    assert [one["alarms"] for one in first["environments"]] == [
        ["shop-dev-errors"],
        ["shop-prod-errors"],
    ]
    assert len(whole["safety_checks"]) == 5
    assert whole["said"] == []


def test_the_simulation_is_on_record_and_has_the_systems_place(shop):
    plan = shop.plan()
    record = shop.read(store.simulation(ID))
    assert (record["status"], record["system"]) == ("running", "shop")
    assert record["digest"] == plan["digest"]
    assert shop.read(store.active_simulation("shop"))["simulation"] == ID


def test_the_announcement_says_what_where_and_who(shop):
    words = shop.plan()["announcement"]
    assert f"In 600 s the simulation {ID} of shop begins" in words
    assert "data-corruption, infrastructure-failure in this order, in dev" in words
    assert "signed off by platform, support" in words


def test_that_nobody_signs_is_said_and_no_refusal(shop):
    simulations.register(shop.table, shop.dynamodb, simulations.system(teams=[]))
    plan = shop.plan()
    assert "Nobody signs the result off" in plan["announcement"]
    (said,) = json.loads(shop.object(plan["plan_key"]))["said"]
    assert "names no teams" in said


def test_asked_again_it_is_the_same_plan(shop):
    assert shop.plan() == shop.plan()


def test_an_unknown_scenario_is_refused_and_nothing_is_taken(shop):
    with pytest.raises(SimulationRefused, match="region-outage is no scenario of shop, which has"):
        shop.plan(scenarios=["region-outage"])
    assert shop.read(store.active_simulation("shop")) == {}


def test_a_system_without_scenarios_is_refused(shop):
    described = simulations.system()
    described["recovery"]["scenarios"] = {}
    simulations.register(shop.table, shop.dynamodb, described)
    with pytest.raises(SimulationRefused, match="has no scenarios"):
        shop.plan()


def test_an_unknown_system_is_refused(shop):
    with pytest.raises(UnknownSystem, match="unheard-of"):
        shop.plan(system="unheard-of")


def test_another_simulation_that_runs_keeps_it_out(shop):
    shop.plan("quarterly-0")
    shop.executions.end(EXECUTION["id"].replace(ID, "quarterly-0"), "RUNNING")
    with pytest.raises(SimulationRunning, match="in the simulation quarterly-0 since"):
        shop.plan()
    assert shop.read(store.simulation(ID)) == {}


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED", None])
def test_one_whose_execution_has_ended_does_not(status, shop):
    shop.plan("quarterly-0")
    if status:
        shop.executions.end(EXECUTION["id"].replace(ID, "quarterly-0"), status)
    shop.plan(now=simulations.NOW)
    assert shop.read(store.active_simulation("shop"))["simulation"] == ID
    before = shop.read(store.simulation("quarterly-0"))
    assert (before["status"], before["ended_at"]) == ("cut off", simulations.NOW)


@pytest.mark.parametrize("length", [1, 50, 60, 80])
def test_names_of_drills_fit_and_differ(length):
    names = {
        folders.drill_name(f"{end}".rjust(length, "s"), scenario)
        for end in "ab"
        for scenario in ("data-corruption", "infrastructure-failure")
    }
    assert len(names) == 4
    assert all(len(name) <= 80 for name in names)


def test_the_task_refuses_a_request_without_a_system(shop):
    with pytest.raises(InvalidInput, match="system"):
        plan_simulation.handler(
            {"request": {}, "execution": EXECUTION, "now": simulations.NOW}, None
        )
