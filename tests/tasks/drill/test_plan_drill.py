"""plan_drill: all is written down before anything starts."""

import json

import pytest
from drill_documents import EXECUTION, ID
from drill_systems import request, scenario, system

from schemas.validation import check
from tasks.drills import choices, sources

PREFIX = choices.prefix(EXECUTION["id"])


def test_it_writes_the_plan_down_before_anything_starts(items, planned, whole, moment, s3):
    plan = planned()
    assert (plan["drill"]["id"], plan["drill"]["prefix"]) == (ID, PREFIX)
    assert (plan["component_count"], plan["at_once"]) == (1, 1)
    paper = whole(plan)
    assert paper["objectives"] == plan["objectives"] == {"rto_seconds": 7200, "rpo_seconds": 3600}
    assert paper["planned_at"] == moment()
    assert "restore time of at most 7,200 s" in paper["success_criteria"]
    assert paper["accounts"]["target"] == {"account": "123456789012", "region": "us-east-1"}
    (one,) = paper["components"]
    assert one["recovery_point"] == {
        "kind": "pitr",
        "id": "",
        "at": moment(-300),
        "manifest_key": "",
    }
    assert (one["measure"], one["failure_at"]) == ("restore_time", moment())
    assert paper["owner"] == plan["owner"] == "team-feedback"


def test_the_components_are_what_the_steps_are_told(items, planned, s3, evidence_bucket):
    plan = planned()
    reply = s3.get_object(Bucket=evidence_bucket, Key=plan["components_key"])
    (one,) = json.loads(reply["Body"].read())
    check(one, "recovery", "component")
    assert (one["resource"], one["copy"]) == ("feedback-prod-items", f"{PREFIX}-items")
    assert one["config"]["table"] == "feedback-prod-items"
    assert one["target_config"]["table"] == "feedback-dev-items"
    assert one["options"]["corrupt_items"] == 3


def test_the_plan_says_what_it_will_do_in_words(items, planned, moment):
    lines = planned()["lines"]
    assert lines[0].startswith("Drill data-corruption of feedback: from prod into dev")
    assert lines[1] == (
        "items (dynamodb_table): restore feedback-prod-items from its log as of "
        f"{moment(-300)} into {PREFIX}-items"
    )
    assert lines[-1] == f"Stop it with: daytwo drill stop {ID}"


def test_planned_again_it_is_the_same_plan(items, planned):
    assert planned()["digest"] == planned()["digest"]


def test_a_point_at_random_stands_for_a_failure_then(items, planned, whole, moment):
    (one,) = whole(planned(request(recovery_point="random")))["components"]
    assert moment(-1800) <= one["recovery_point"]["at"] <= moment(-300)
    assert one["failure_at"] == one["recovery_point"]["at"]


def test_what_is_left_out_is_said_beforehand(items, register, planned, whole):
    left = {"component": "items", "check": "sample reads", "reason": "nobody may read them"}
    register(system({"data-corruption": scenario("items", skipped_checks=[left])}))
    plan = planned()
    (one,) = whole(plan)["components"]
    assert one["skipped"] == {"sample reads": "nobody may read them"}
    assert one["options"]["skipped_checks"] == one["skipped"]
    assert "Left out of items: sample reads, as nobody may read them" in plan["lines"]


def test_application_checks_are_those_of_the_target(items, register, planned, whole):
    asked = {"name": "reads", "component": "items", "function": "feedback-{environment}-check"}
    register(system({"data-corruption": scenario("items", application_checks=[asked])}))
    (one,) = whole(planned())["components"]
    assert one["application_checks"][0]["function"] == "feedback-dev-check"
    assert "reads" in one["checks"]


def test_what_is_disturbed_is_the_targets_own_and_has_no_copy(planned, whole):
    plan = planned(request("az-failure"))
    (one,) = whole(plan)["components"]
    assert (one["resource"], one["copy"], one["chain"]) == (
        "feedback-dev-web",
        "",
        "zone_failure",
    )
    assert one["recovery_point"]["kind"] == "none"
    assert whole(plan)["measure"] == one["measure"] == "rto"
    assert "web (auto_scaling_group): disturb feedback-dev-web itself" in plan["lines"][1]


@pytest.mark.parametrize(
    ("table", "told"), [("items", {"table": "feedback-dev-items", "samples": 10}), ("", {})]
)
def test_a_failover_is_told_the_targets_table_behind_it(register, planned, whole, table, told):
    record = {"type": "failover_record", "hosted_zone": "Z1", "record": "{environment}.example.com"}
    entry = {"name": "entry", **record, "secondary_region": "us-west-2", "table": table}
    known = [{"name": "items", "type": "dynamodb_table", "table": "feedback-{environment}-items"}]
    outage = {"region-outage": scenario("entry", opens=["entry"])}
    recovery = {"scenarios": outage}
    register(system(components=[*known, entry], recovery=recovery))
    (one,) = whole(planned(request("region-outage")))["components"]
    assert {name: one["options"]["table"][name] for name in told} == told
    assert ("replica is fresh" in one["checks"]) is bool(told)


def test_people_are_asked_where_the_manifest_says_so(register, planned):
    approval = {"roles": ["release-manager"], "expires_seconds": 3600}
    register(system({"az-failure": scenario("web", opens=["web"], approval=approval)}))
    assert planned(request("az-failure"))["approval"] == {"required": True, **approval}


def test_after_a_breach_only_what_is_older_is_restored(make_table, aws, planned, whole, moment):
    make_table("feedback-prod-items")
    aws.clock.advance(30 * 3600)
    table, _ = whole(planned(request("security-breach")))["components"]
    assert table["recovery_point"]["at"] == table["failure_at"] == moment(-24 * 3600)


def test_without_a_log_the_newest_good_backup_is_restored(make_table, planned, back_up, whole):
    make_table("feedback-prod-items", recoverable=False)
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/feedback-prod-items/backup/1"
    back_up("items", "2026-11-01T03:00:00Z", arn)
    back_up("items", "2026-11-02T03:00:00Z", "arn:broken", status="failed")
    (one,) = whole(planned())["components"]
    assert one["recovery_point"]["id"] == arn
    assert one["recovery_point"]["kind"] == "backup"


def test_a_stack_is_restored_from_its_export_and_a_function_from_its_version(
    register, planned, back_up, whole, monkeypatch
):
    monkeypatch.setitem(
        sources.READERS,
        "function",
        lambda *asked: sources.Source(
            fixed={"kind": "version", "id": "7", "at": "", "manifest_key": ""}
        ),
    )
    back_up("stack", "2026-11-01T03:00:00Z", "backups/feedback/prod/1/stack/export.json")
    stack, function = whole(planned(request("infrastructure-failure")))["components"]
    assert stack["recovery_point"]["id"] == "backups/feedback/prod/1/stack/export.json"
    assert (stack["resource"], stack["measure"]) == ("feedback-prod", "rto")
    assert function["recovery_point"]["id"] == "7"
