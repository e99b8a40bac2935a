"""report_simulation: what was promised and what was reached, who signed, and what is to be done."""

import hashlib
import json

import pytest
import simulations
from simulations import BOB, EXECUTION, ID

from tasks import store
from tasks.drills import actions
from tasks.errors import InvalidInput
from tasks.simulation import report_simulation
from tasks.simulations import folders


@pytest.fixture
def green(shop):
    """A plan whose scenarios were looked at and passed."""
    plan = shop.plan()
    for scenario in simulations.SCENARIOS:
        shop.look(plan, scenario)
        shop.played(scenario)
    return plan


def sign(shop, team, digest, status="approved", **changes):
    record = {
        **folders.sign_off_key(EXECUTION["id"], team),
        "status": status,
        "digest": digest,
        "overdue": False,
        "due_at": "2026-11-02T05:00:00Z",
        **changes,
    }
    if status in ("approved", "rejected"):
        decided = {"decided_by": BOB, "decided_at": "2026-11-02T04:30:00Z"}
        record = {**decided, "decision_reason": "seen it", **record}
    shop.write(record)


def final(shop, plan, results, **changes):
    return shop.report(plan, results, now="2026-11-02T06:00:00Z", **changes)


def signed(shop, plan):
    """Write the results, let both teams sign, and give the results."""
    results = shop.report(plan)
    for team in ("platform", "support"):
        sign(shop, team, results["digest"])
    return results


def document(shop, answer):
    return json.loads(shop.object(answer["key"]))


def test_results_are_written_down_before_the_teams_sign(shop, green):
    results = shop.report(green)
    assert results["key"] == f"simulations/{ID}/results.json"
    assert results["verdict"] == "PASS"
    assert results["lines"] == [
        "data-corruption: PASS, restore time 412 s of 3,600 s, RPO 12 s of 900 s",
        "infrastructure-failure: PASS, restore time 412 s of 3,600 s, RPO 12 s of 900 s",
    ]
    assert shop.read(store.simulation(ID))["status"] == "running"


def test_green_and_signed_is_a_success_that_frees_the_system(shop, green):
    answer = final(shop, green, signed(shop, green))
    assert (answer["verdict"], answer["end"]) == ("PASS", "Succeeded")
    assert answer["key"] == f"simulations/{ID}/report.json"
    assert "2 of 2 scenarios green, signed by 2 of 2 teams" in answer["words"]
    record = shop.read(store.simulation(ID))
    assert (record["status"], record["verdict"]) == ("closed", "PASS")
    assert record["report_key"] == f"simulations/{ID}/report.html"
    assert shop.read(store.active_simulation("shop")) == {}


def test_the_report_has_its_digest_beside_it_and_is_what_was_written(shop, green):
    answer = final(shop, green, signed(shop, green))
    body = shop.object(answer["key"])
    assert hashlib.sha256(body.encode()).hexdigest() == answer["digest"]
    assert shop.object(f"{answer['key']}.sha256") == f"{answer['digest']}  report.json\n"
    assert shop.read(store.simulation(ID))["evidence_digest"] == answer["digest"]


def test_nothing_is_written_over(shop, green):
    results = signed(shop, green)
    first = final(shop, green, results)
    assert final(shop, green, results) == first
    sign(shop, "support", results["digest"], "rejected")
    second = final(shop, green, results)
    assert second["key"] == f"simulations/{ID}/report-2.json"
    assert document(shop, second)["storage"]["supersedes"] == f"{first['key']} {first['digest']}"


def test_what_is_reported_is_what_was_signed_and_nothing_later(shop, green):
    results = signed(shop, green)
    shop.played("data-corruption", "FAIL", "DrillFailed", "changed since")
    answer = final(shop, green, results)
    assert document(shop, answer)["scenarios"][0]["verdict"] == "PASS"
    assert document(shop, answer)["results_digest"] == results["digest"]


@pytest.mark.parametrize(
    ("error", "record", "verdict", "told"),
    [
        ("DrillFailed", {"verdict": "FAIL"}, "FAIL", "items failed"),
        ("FailedDirty", {"verdict": "FAIL"}, "FAIL", "FailedDirty: "),
        ("FailedDirty", {"verdict": "PASS"}, "ERROR", "FailedDirty: "),
        ("FailedClean", None, "ERROR", "FailedClean: "),
        ("States.Runtime", None, "ERROR", "CutOff: "),
    ],
)
def test_a_drill_that_failed_makes_it_red(error, record, verdict, told, shop, green):
    shop.dynamodb.delete_item(
        TableName=shop.table, Key=store.to_item(store.drill(f"{ID}-data-corruption"))
    )
    if record:
        shop.write(simulations.drill_record("data-corruption", **record))
    arn = simulations.arn("data-corruption")
    shop.executions.end(arn, "FAILED", error, "items failed")
    answer = shop.report(green)
    (first, second) = document(shop, answer)["scenarios"]
    assert (first["verdict"], second["verdict"]) == (verdict, "PASS")
    assert told in first["words"]
    assert answer["verdict"] == "FAIL"


def test_a_drill_that_succeeded_without_a_record_is_not_green(shop):
    plan = shop.plan(scenarios=["data-corruption"])
    shop.executions.end(simulations.arn("data-corruption"))
    (one,) = document(shop, shop.report(plan))["scenarios"]
    assert one["verdict"] == "ERROR"


def test_a_scenario_that_was_not_safe_is_reported_with_the_reason(shop):
    plan = shop.plan()
    shop.alarm("shop-dev-errors", "ALARM")
    shop.look(plan)
    (first, second) = document(shop, shop.report(plan))["scenarios"]
    assert (first["verdict"], first["end"]) == ("NOT STARTED", "NotStarted")
    assert first["words"].startswith("It was not safe: alarms of dev: alarm shop-dev-errors")
    assert second["words"] == "The simulation did not come so far"


def test_a_scenario_that_could_not_be_started_is_reported_with_the_error(shop):
    plan = shop.plan(scenarios=["data-corruption"])
    shop.look(plan)
    failure = {"Error": "StepFunctions.AccessDeniedException", "Cause": "not you"}
    played = [{"scenario": "data-corruption", "failure": failure}]
    (one,) = document(shop, shop.report(plan, played=played))["scenarios"]
    assert "not you" in one["words"]


def test_what_no_drill_has_judged_becomes_an_improvement_action_once(shop):
    plan = shop.plan(scenarios=["data-corruption"])
    for _ in range(2):
        answer = shop.report(plan)
    (action,) = document(shop, answer)["review"]["actions"]
    assert action["owner"] == "team-shop"
    assert action["due_at"] == "2026-12-02T04:00:00Z"
    assert "did not come so far" in action["text"]
    again = shop.plan("quarterly-2", scenarios=["data-corruption"])
    shop.report(again)
    drill = {"system": "shop", "scenario": "data-corruption"}
    (action,) = actions.standing(drill, shop.table, shop.dynamodb)
    assert (action["seen"], action["last_drill"]) == (2, "quarterly-2-data-corruption")


def test_the_actions_of_its_drills_are_in_the_review(shop, green):
    finding = {"component": "items", "kind": "data", "text": "an item differs"}
    drill = {"id": f"{ID}-data-corruption", "system": "shop", "scenario": "data-corruption"}
    about = {"drill": drill, "environment": "dev", "owner": "team-shop", "due_days": 30}
    actions.put(actions.new(about, finding, simulations.NOW), shop.table, shop.dynamodb)
    (action,) = document(shop, shop.report(green))["review"]["actions"]
    assert (action["text"], action["owner"]) == ("an item differs", "team-shop")
    assert action["retest"] == "daytwo drill shop data-corruption"


@pytest.mark.parametrize(
    ("status", "changes", "state", "told"),
    [
        ("rejected", {}, "rejected", f"support rejected it by {BOB}"),
        ("expired", {"overdue": True}, "missing", "was due at 2026-11-02T05:00:00Z"),
        ("pending", {}, "missing", "The sign-off of support is missing"),
        ("approved", {"digest": "ef" * 32}, "missing", "The sign-off of support is missing"),
        (None, {}, "missing", "was never asked for"),
    ],
)
def test_a_sign_off_that_is_no_yes_makes_it_red(status, changes, state, told, shop, green):
    results = shop.report(green)
    sign(shop, "platform", results["digest"])
    if status:
        sign(shop, "support", changes.pop("digest", results["digest"]), status, **changes)
    answer = final(shop, green, results)
    assert answer["end"] == "SimulationFailed"
    report = document(shop, answer)
    assert [one["state"] for one in report["sign_offs"]] == ["signed", state]
    assert any(told in reason for reason in report["reasons"])
    assert shop.read(store.simulation(ID))["verdict"] == "FAIL"


def test_a_late_sign_off_counts_and_is_seen(shop, green):
    results = signed(shop, green)
    sign(shop, "support", results["digest"], overdue=True)
    answer = final(shop, green, results)
    assert answer["end"] == "Succeeded"
    review = document(shop, answer)["review"]
    assert review["did_not"] == [
        f"support signed it by {BOB} at 2026-11-02T04:30:00Z, which was overdue: seen it"
    ]
    assert "Signed off in time by platform" in review["went_well"]


def test_the_review_tells_what_happened_in_order(shop, green):
    answer = final(shop, green, signed(shop, green))
    timeline = document(shop, answer)["review"]["timeline"]
    assert [one["at"][:19] for one in timeline] == sorted(one["at"][:19] for one in timeline)
    what = [one["what"] for one in timeline]
    assert what[0].startswith("Planned, as")
    assert "data-corruption: looked both ways, safe to begin" in what
    assert "data-corruption: ended, PASS" in what
    assert what[-1] == f"support: signed by {BOB}"


def test_the_review_asks_about_what_was_not_green(shop):
    plan = shop.plan(scenarios=["data-corruption"])
    results = shop.report(plan)
    sign(shop, "platform", results["digest"], "rejected")
    review = document(shop, final(shop, plan, results))["review"]
    assert "When is data-corruption played through, as it was not begun?" in review["questions"]
    assert "Why did platform reject it?" in review["questions"]
    assert "Why did support not sign?" in review["questions"]


def test_what_broke_or_could_not_be_announced_is_said(shop, green):
    broken = {"Error": "States.DataLimitExceeded", "Cause": "too large"}
    untold = {"Error": "SNS.AuthorizationError", "Cause": "no topic"}
    answer = shop.report(green, failure=broken, untold=untold)
    assert answer["verdict"] == "FAIL"
    told = " ".join(document(shop, answer)["review"]["did_not"])
    assert "could not be announced" in told
    assert "The simulation itself broke" in told


def test_a_scenario_that_could_not_be_announced_is_in_the_report(shop):
    plan = shop.plan(scenarios=["data-corruption"])
    shop.look(plan, untold={"Error": "SNS.AuthorizationError", "Cause": "no topic"})
    shop.played("data-corruption")
    answer = shop.report(plan)
    assert answer["verdict"] == "PASS"
    (told,) = document(shop, answer)["review"]["did_not"]
    assert told.startswith("data-corruption could not be announced: SNS.AuthorizationError")
    assert "<td>no: SNS.AuthorizationError: no topic" in shop.object(answer["report_key"])


def test_without_teams_it_says_that_nobody_signs(shop):
    simulations.register(shop.table, shop.dynamodb, simulations.system(teams=[]))
    plan = shop.plan(scenarios=["data-corruption"])
    shop.look(plan)
    shop.played("data-corruption")
    answer = final(shop, plan, shop.report(plan))
    assert answer["end"] == "Succeeded"
    (said,) = document(shop, answer)["review"]["did_not"]
    assert said.startswith("Nobody signs the result off")


def test_the_page_has_the_table_of_targets_and_actuals_and_needs_nothing_else(shop, green):
    answer = final(shop, green, signed(shop, green))
    page = shop.object(answer["report_key"])
    assert "<td>at most 3,600 s</td><td>412 s</td>" in page
    assert f"<td>drills/{ID}-data-corruption/report.html</td>" in page
    for part in ("Post-incident review", "What went well", "What did not", "Sign-offs", "Timeline"):
        assert part in page
    assert "http" not in page.replace("http-equiv", "")
    assert answer["digest"] in page


def test_every_text_of_the_page_is_escaped(shop):
    plan = shop.plan(scenarios=["data-corruption"], reason="<script>alert(1)</script>")
    shop.executions.end(simulations.arn("data-corruption"), "FAILED", "DrillFailed", "<img src=x>")
    results = shop.report(plan)
    sign(shop, "platform", results["digest"], "rejected", decision_reason="<b>no</b>")
    page = shop.object(final(shop, plan, results)["report_key"])
    for bad in ("<script", "<img", "<b>"):
        assert bad not in page
    assert "&lt;script&gt;" in page


def test_the_task_refuses_an_input_without_a_plan():
    with pytest.raises(InvalidInput, match="plan"):
        report_simulation.handler({}, None)
