"""daytwo-dr-simulation: its ways, with every task and every drill answered by the test."""

import json

import pytest
from botocore.exceptions import ClientError
from interpreter import NO_ANSWER, run
from simulations import ALICE, EXECUTION, TEAMS, request

from tasks.errors import ApprovalRejected, SimulationRunning
from workflows import dr_simulation

DEFINITION = dr_simulation.definition()
SCENARIOS = ("data-corruption", "infrastructure-failure", "region-outage")
RESULTS = {
    "verdict": "PASS",
    "end": "Succeeded",
    "key": "simulations/quarterly-1/results.json",
    "report_key": "simulations/quarterly-1/results.html",
    "digest": "ab" * 32,
    "lines": ["data-corruption: PASS"],
    "words": "PASS.",
}
RED = {**RESULTS, "verdict": "FAIL", "end": "SimulationFailed", "words": "FAIL: not signed."}
LOOK = {"safe": True, "key": "simulations/quarterly-1/data-corruption/look.json", "words": ""}
STARTED = {"executionArn": "arn:drill", "startDate": "2026-01-01T00:00:00Z"}


def ended(status="SUCCEEDED", error=None, cause=""):
    told = {
        "executionArn": "arn:aws:states:us-east-1:123456789012:execution:machine:drill",
        "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
        "name": "drill",
        "status": status,
        "startDate": "2026-01-01T00:00:00Z",
        "stopDate": "2026-01-01T00:00:01Z",
        "input": "{}",
        "output": "{}",
    }
    return told | ({"error": error, "cause": cause} if error else {})


def plan(teams=TEAMS):
    return {
        "simulation": {
            "id": "quarterly-1",
            "system": "shop",
            "requested_by": ALICE,
            "reason": "",
            "execution": EXECUTION,
        },
        "plan_key": "simulations/quarterly-1/plan.json",
        "digest": "cd" * 32,
        "scenarios": [
            {
                "name": name,
                "drill": f"quarterly-1-{name}",
                "request": {"system": "shop", "scenario": name, "requested_by": ALICE},
                "words": f"{name} begins",
            }
            for name in SCENARIOS
        ],
        "teams": teams,
        "announce_seconds": 600,
        "sign_off_seconds": 3600,
        "announcement": "the simulation begins soon",
    }


def simulate(described=None, services=None, **tasks):
    answers = {
        "common.validate_request": {
            "request": request(),
            "execution": EXECUTION,
            "duplicate": False,
        },
        "simulation.plan_simulation": plan(),
        "simulation.look_both_ways": LOOK,
        "simulation.request_sign_off": {"id": "1f0c2a9b33"},
        "simulation.report_simulation": RESULTS,
        "approval.close_approval": {"closed": 1},
        "promotion.explain_failure": {"error": "SimulationRunning", "cause": "it is in another"},
        **{name.replace("__", "."): answer for name, answer in tasks.items()},
    }
    account = {
        "stepfunctions.start_execution": STARTED,
        "stepfunctions.describe_execution": described or ended(),
        **(services or {}),
    }
    return run(DEFINITION, {}, answers, services=account)


def client_error(operation):
    told = {"Code": "AccessDeniedException", "Message": "not allowed"}
    metadata = {"HTTPStatusCode": 403, "RequestId": "1"}
    return ClientError({"Error": told, "ResponseMetadata": metadata}, operation)


def told(result):
    """List the events that were emitted."""
    return [call["Entries"][0]["DetailType"] for call in result.inputs("events.put_events")]


def drills(result):
    return [call["name"] for call in result.inputs("stepfunctions.start_execution")]


def reports(result):
    return result.inputs("simulation.report_simulation")


def test_scenarios_are_announced_looked_at_and_played_one_after_the_other_then_signed():
    result = simulate()
    assert (result.status, result.states[-1]) == ("SUCCEEDED", "Succeeded")
    assert drills(result) == [f"quarterly-1-{name}" for name in SCENARIOS]
    assert told(result) == [
        "DR Simulation Announced",
        *["DR Simulation Scenario Announced"] * 3,
        "DR Simulation Passed",
    ]
    order = [call.name for call in result.calls]
    looks = [at for at, name in enumerate(order) if name == "SimulationLookBothWays"]
    starts = [at for at, name in enumerate(order) if name == "stepfunctions.start_execution"]
    assert all(look < start for look, start in zip(looks, starts, strict=True))
    assert starts[0] < looks[1] < starts[1] < looks[2]
    waits = result.states.index("Wait as announced")
    assert waits < result.states.index("Play the scenarios")
    asked = result.inputs("simulation.request_sign_off")
    assert sorted(one["team"]["name"] for one in asked) == ["platform", "support"]
    assert {one["overdue"] for one in asked} == {False}
    first, last = reports(result)
    assert "results" not in first
    assert last["results"] == RESULTS
    assert [one["failure"] for one in last["played"]] == [{}, {}, {}]


def test_each_drill_is_started_with_its_request():
    result = simulate()
    (first, *_) = result.inputs("stepfunctions.start_execution")
    assert json.loads(first["input"]) == plan()["scenarios"][0]["request"]


@pytest.mark.parametrize("error", ["DrillFailed", "FailedClean", "FailedDirty"])
def test_a_drill_that_failed_stops_no_other_of_which_the_look_decides(error):
    red = ended("FAILED", error, "it is so")
    result = simulate(described=[red, ended()], simulation__report_simulation=[RED])
    assert len(drills(result)) == 3
    assert (result.status, result.error) == ("FAILED", "SimulationFailed")
    assert result.cause == "FAIL: not signed."
    (first, *_) = reports(result)[0]["played"]
    assert first["scenario"] == "data-corruption"
    assert error in first["failure"]["Cause"]
    assert told(result)[-1] == "DR Simulation Failed"


def test_a_scenario_that_is_not_safe_is_not_started_and_people_are_told():
    red = {**LOOK, "safe": False, "words": "alarms of dev: shop-dev-errors is ALARM"}
    result = simulate(
        simulation__look_both_ways=[LOOK, red, LOOK], simulation__report_simulation=[RED]
    )
    assert drills(result) == ["quarterly-1-data-corruption", "quarterly-1-region-outage"]
    assert told(result).count("DR Simulation Scenario Not Started") == 1
    (message,) = [
        call["Message"] for call in result.inputs("sns.publish") if "Not Started" in call["Subject"]
    ]
    assert "infrastructure-failure of the simulation quarterly-1" in message
    assert "shop-dev-errors is ALARM" in message


def test_a_look_that_breaks_starts_nothing_and_is_reported():
    result = simulate(
        simulation__look_both_ways=[ValueError("it broke"), LOOK],
        simulation__report_simulation=[RED],
    )
    assert len(drills(result)) == 2
    (first, *_) = reports(result)[0]["played"]
    assert first["failure"]["Error"] == "ValueError"


def test_a_drill_that_cannot_be_started_is_reported():
    refused = client_error("StartExecution")
    result = simulate(
        services={"stepfunctions.start_execution": [refused, STARTED]},
        simulation__report_simulation=[RED],
    )
    (first, *others) = reports(result)[0]["played"]
    assert first["failure"] != {}
    assert [one["failure"] for one in others] == [{}, {}]


def test_a_sign_off_that_is_overdue_is_told_asked_once_more_and_then_missing():
    def ask(document):
        return NO_ANSWER if document["team"]["name"] == "support" else {"id": "1"}

    result = simulate(
        simulation__request_sign_off=ask, simulation__report_simulation=[RESULTS, RED]
    )
    support = [
        one["overdue"]
        for one in result.inputs("simulation.request_sign_off")
        if one["team"]["name"] == "support"
    ]
    assert support == [False, True]
    assert told(result).count("DR Simulation Sign-off Overdue") == 1
    (closed,) = result.inputs("approval.close_approval")
    assert closed["status"] == "expired"
    assert closed["execution"] == f"{EXECUTION['id']}#support"
    assert (result.status, result.error) == ("FAILED", "SimulationFailed")


def test_a_late_sign_off_counts():
    def ask(document):
        return {"id": "1"} if document["overdue"] else NO_ANSWER

    result = simulate(simulation__request_sign_off=ask)
    assert result.status == "SUCCEEDED"
    assert len(result.inputs("simulation.request_sign_off")) == 4
    assert result.inputs("approval.close_approval") == []


def test_a_team_that_rejects_stops_no_other_from_signing():
    def ask(document):
        if document["team"]["name"] == "platform":
            raise ApprovalRejected("Rejected by bob: not good enough")
        return {"id": "1"}

    result = simulate(
        simulation__request_sign_off=ask, simulation__report_simulation=[RESULTS, RED]
    )
    assert len(result.inputs("simulation.request_sign_off")) == 2
    (closed,) = result.inputs("approval.close_approval")
    assert closed["status"] == "void"
    assert result.error == "SimulationFailed"
    assert len(reports(result)) == 2


def test_without_teams_nobody_is_asked():
    result = simulate(simulation__plan_simulation=plan(teams=[]))
    assert result.inputs("simulation.request_sign_off") == []
    assert result.status == "SUCCEEDED"


def test_what_is_refused_was_never_begun():
    result = simulate(simulation__plan_simulation=SimulationRunning("it is in another"))
    assert (result.status, result.error) == ("FAILED", "FailedClean")
    assert result.cause == "it is in another"
    assert drills(result) == []
    assert told(result) == ["DR Simulation Refused"]


def test_a_refusal_that_cannot_be_explained_is_told_all_the_same():
    result = simulate(
        simulation__plan_simulation=SimulationRunning("it is in another"),
        promotion__explain_failure=ValueError("broken too"),
    )
    assert result.error == "FailedClean"
    assert "it is in another" in result.cause


def test_an_input_that_is_wrong_ends_clean():
    result = simulate(common__validate_request=ValueError("wrong"))
    assert (result.error, told(result)) == ("FailedClean", [])


@pytest.mark.parametrize("answers", [[ValueError("no")], [RESULTS, ValueError("no")]])
def test_without_a_report_it_is_never_green_and_a_person_is_told(answers):
    result = simulate(simulation__report_simulation=answers)
    assert (result.status, result.error) == ("FAILED", "SimulationFailed")
    assert "there is no report of the simulation quarterly-1" in result.cause
    assert told(result)[-1] == "DR Simulation Needs A Person"


def test_what_could_not_be_announced_goes_on_and_is_reported():
    result = simulate(services={"sns.publish": client_error("Publish")})
    assert result.status == "SUCCEEDED"
    (first, _) = reports(result)
    assert first["untold"] != {}
    assert all(one["untold"] != {} for one in result.inputs("simulation.look_both_ways"))


def test_an_event_that_was_seen_before_starts_nothing():
    seen = {"request": request(), "execution": EXECUTION, "duplicate": True}
    result = simulate(common__validate_request=seen)
    assert result.status == "SUCCEEDED"
    assert result.inputs("simulation.plan_simulation") == []
