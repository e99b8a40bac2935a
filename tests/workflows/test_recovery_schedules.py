"""The schedules of a manifest are those of EventBridge Scheduler, after each registration."""

import json

import boto3
import moto
import pytest
from backups import shop
from hypothesis import given
from hypothesis import strategies as st

from infra import discovery
from schemas.validation import check
from tasks import requests
from workflows import recovery_schedules
from workflows.recovery_schedules import SystemSchedules, planned

GROUP = "daytwo-systems"
OBJECTIVES = {"rto_seconds": 7200, "rpo_seconds": 3600}
SCENARIO = {"objectives": OBJECTIVES, "target_environment": "dev", "components": ["orders"]}
OUTPUTS = {
    "SystemScheduleGroupName": GROUP,
    "SystemSchedulesRoleArn": "arn:aws:iam::123456789012:role/schedules",
    "DeadLetterQueueArn": "arn:aws:sqs:us-east-1:123456789012:daytwo-dead-letters",
    **{
        output: f"arn:aws:states:us-east-1:123456789012:stateMachine:daytwo-{name}"
        for name, output in recovery_schedules.MACHINES.items()
    },
}
FULL = {
    "heartbeat": {"schedule": "rate(5 minutes)", "environments": ["prod"]},
    "scenarios": {
        "data-corruption": {**SCENARIO, "schedule": "cron(0 4 1 * ? *)", "keep": "on_failure"},
        "infrastructure-failure": SCENARIO,
    },
    "simulation": {"schedule": "cron(0 6 1 */3 ? *)"},
}


@pytest.fixture
def scheduler(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with moto.mock_aws():
        client = boto3.client("scheduler")
        client.create_schedule_group(Name=GROUP)
        yield client


@pytest.fixture
def schedules(scheduler):
    return SystemSchedules(scheduler, OUTPUTS.__getitem__)


def there(scheduler):
    return sorted(entry["Name"] for entry in scheduler.list_schedules()["Schedules"])


def found(scheduler, name):
    return scheduler.get_schedule(Name=name, GroupName=GROUP)


def event(schedule):
    return json.loads(schedule["Target"]["Input"])


def test_a_manifest_without_schedules_has_none(schedules, scheduler):
    assert schedules.keep(shop(backups="", exports="")) == []
    assert there(scheduler) == []


def test_each_schedule_of_the_manifest_is_made(schedules, scheduler):
    done = schedules.keep(shop(recovery=FULL, timezone="Europe/Vienna"))

    assert there(scheduler) == [
        "shop.drill.data-corruption",
        "shop.prod.backups",
        "shop.prod.exports",
        "shop.prod.heartbeat",
        "shop.simulation",
    ]
    assert len(done) == 5
    nightly = found(scheduler, "shop.prod.exports")
    assert nightly["ScheduleExpressionTimezone"] == "Europe/Vienna"
    assert nightly["Target"]["Arn"].endswith("daytwo-backup")
    assert nightly["Target"]["RoleArn"] == OUTPUTS["SystemSchedulesRoleArn"]
    assert nightly["Target"]["DeadLetterConfig"] == {"Arn": OUTPUTS["DeadLetterQueueArn"]}


@pytest.mark.parametrize(
    ("name", "workflow"),
    [
        ("shop.prod.backups", "backup"),
        ("shop.prod.heartbeat", "heartbeat"),
        ("shop.drill.data-corruption", "restore_drill"),
        ("shop.simulation", "dr_simulation"),
    ],
)
def test_what_a_schedule_sends_is_what_its_workflow_takes(schedules, scheduler, name, workflow):
    schedules.keep(shop(recovery=FULL))

    request, identifier = requests.opened(event(found(scheduler, name)))

    assert check(request, f"workflows/{workflow}")["system"] == "shop"
    assert "<aws.scheduler.scheduled-time>" in identifier


def test_a_drill_is_told_what_its_scenario_says(schedules, scheduler):
    schedules.keep(shop(recovery=FULL))

    detail = event(found(scheduler, "shop.drill.data-corruption"))["detail"]

    assert (detail["recovery_point"], detail["keep"]) == ("latest", "on_failure")
    assert detail["requested_by"] == "schedule shop.drill.data-corruption"


def test_registered_again_nothing_is_done(schedules):
    schedules.keep(shop(recovery=FULL))

    assert schedules.keep(shop(recovery=FULL)) == []


def test_a_schedule_that_the_manifest_changes_is_changed(schedules, scheduler):
    schedules.keep(shop())

    assert schedules.keep(shop(backups="rate(1 day)")) == ["changed shop.prod.backups"]
    assert found(scheduler, "shop.prod.backups")["ScheduleExpression"] == "rate(1 day)"


def test_a_schedule_that_a_person_switched_off_is_on_again(schedules, scheduler):
    schedules.keep(shop(exports=""))
    current = schedules.described(planned(shop(exports=""))[0])
    scheduler.update_schedule(**{**current, "State": "DISABLED"})

    assert schedules.keep(shop(exports="")) == ["changed shop.prod.backups"]
    assert found(scheduler, "shop.prod.backups")["State"] == "ENABLED"


def test_a_schedule_that_the_manifest_drops_is_deleted(schedules, scheduler):
    schedules.keep(shop())

    assert schedules.keep(shop(exports="")) == ["deleted shop.prod.exports"]
    assert there(scheduler) == ["shop.prod.backups"]


def test_the_schedules_of_other_systems_are_left_alone(schedules, scheduler):
    other = {**shop(), "name": "shop-floor"}
    schedules.keep(other)
    schedules.keep(shop())

    schedules.keep(shop(exports="", backups=""))

    assert there(scheduler) == ["shop-floor.prod.backups", "shop-floor.prod.exports"]


names = st.from_regex(r"[a-z][a-z0-9-]{0,29}", fullmatch=True)


@given(names, names, names, names)
def test_no_two_systems_and_environments_share_a_name(system, environment, other, elsewhere):
    one = recovery_schedules._name(system, environment, "heartbeat")
    two = recovery_schedules._name(other, elsewhere, "heartbeat")

    assert len(one) <= recovery_schedules.LONGEST_NAME
    assert one.startswith(f"{system}.")
    assert (one == two) == ((system, environment) == (other, elsewhere))


def test_what_manifests_schedule_may_be_started_by_their_schedules():
    scheduled = set(recovery_schedules.MACHINES.values())
    found = {f"{item.logical_id}Arn": item.by_manifest for item in discovery.workflows()}

    assert {name for name, by_manifest in found.items() if by_manifest} == scheduled & set(found)
