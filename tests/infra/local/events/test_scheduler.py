"""Schedules fire on the account's clock at their targets."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from infra.local.account import ACCOUNT_ID, REGION

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:watch"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/schedule"


@pytest.fixture
def schedule(account, functions, monkeypatch):
    """Create a schedule whose target is a function, unless another is given."""
    monkeypatch.setitem(account._clients, (ROLE, "EventBridge", "lambda", REGION), functions)
    account.client("scheduler")

    def schedule(expression, target=None, **others):
        return account.client("scheduler").create_schedule(
            Name="nightly",
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": FUNCTION, "RoleArn": ROLE, **(target or {})},
            **others,
        )["ScheduleArn"]

    return schedule


def test_a_rate_fires_again_and_again_as_the_schedules_role(functions, schedule):
    arn = schedule("rate(1 minute)")
    first, second = functions.next()[1], functions.next()[1]
    assert first["source"] == "aws.scheduler"
    assert first["resources"] == [arn]
    assert first["time"] < second["time"]


def test_an_at_fires_once_and_goes_when_it_is_told_to(account, functions, schedule):
    soon = (account.clock.now() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S")
    schedule(
        f"at({soon})",
        {"Input": '{"arn": "<aws.scheduler.schedule-arn>"}'},
        ActionAfterCompletion="DELETE",
    )
    assert functions.next()[1]["arn"].endswith("schedule/default/nightly")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.client("scheduler").get_schedule(Name="nightly")


def test_a_cron_fires_in_its_time_zone(account, functions, schedule):
    from zoneinfo import ZoneInfo

    soon = (account.clock.now() + timedelta(minutes=10)).astimezone(ZoneInfo("Asia/Tokyo"))
    expression = f"cron({soon.minute} {soon.hour} * * ? *)"
    schedule(expression, ScheduleExpressionTimezone="Asia/Tokyo")
    due = soon.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:00Z")
    assert functions.next()[1]["time"] == due


def test_a_disabled_schedule_waits_until_it_is_enabled(account, functions, schedule):
    schedule("rate(1 minute)", {"Input": '"off"'}, State="DISABLED")
    scheduler = account.client("scheduler")
    target = {"Arn": FUNCTION, "RoleArn": ROLE, "Input": '"on"'}
    scheduler.update_schedule(
        Name="nightly",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        State="ENABLED",
    )
    assert functions.next()[1] == "on"


def test_a_schedule_keeps_to_its_start_and_end_dates(account, functions, schedule):
    now = account.clock.now()
    schedule("rate(1 minute)", {"Input": '"due"'}, EndDate=now - timedelta(minutes=1))
    account.client("scheduler").create_schedule(
        Name="later",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        StartDate=now + timedelta(minutes=15),
        Target={"Arn": FUNCTION, "RoleArn": ROLE},
    )
    begun = (now + timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert functions.next()[1]["time"] == begun


def test_a_universal_target_is_any_call_of_an_api(account, make_queue, schedule, receive):
    url, _ = make_queue("calls")
    call = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
        "Input": json.dumps({"QueueUrl": url, "MessageBody": "due"}),
    }
    schedule("rate(1 minute)", call)
    assert receive(url)["Body"] == "due"


def test_what_a_target_refuses_goes_to_the_dead_letter_queue(make_queue, schedule, receive):
    url, arn = make_queue("dead-letters")
    missing = f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:missing"
    made = schedule("rate(1 minute)", {"Arn": missing, "DeadLetterConfig": {"Arn": arn}})
    told = receive(url)["MessageAttributes"]
    assert told["SCHEDULE_ARN"]["StringValue"] == made
    assert told["ERROR_CODE"]["StringValue"] == "StateMachineDoesNotExist"


def test_a_change_that_does_not_name_the_state_leaves_the_schedule_firing(
    account, functions, schedule
):
    schedule("rate(1 hour)", {"Input": '"first"'})
    account.client("scheduler").update_schedule(
        Name="nightly",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FUNCTION, "RoleArn": ROLE, "Input": '"second"'},
    )
    while functions.next()[1] != "second":
        pass
    assert account.client("scheduler").get_schedule(Name="nightly")["State"] == "ENABLED"


def test_schedules_of_a_group_are_listed_apart_and_go_with_it(account, functions, schedule):
    client = account.client("scheduler")
    for group in ("daytwo", "daytwo-systems"):
        client.create_schedule_group(Name=group)
        schedule("rate(1 hour)", GroupName=group)
    client.update_schedule(
        Name="nightly",
        GroupName="daytwo-systems",
        ScheduleExpression="rate(2 hours)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FUNCTION, "RoleArn": ROLE},
    )
    found = client.list_schedules(GroupName="daytwo-systems")["Schedules"]
    assert [each["GroupName"] for each in found] == ["daytwo-systems"]
    changed = client.get_schedule(Name="nightly", GroupName="daytwo-systems")
    assert changed["ScheduleExpression"] == "rate(2 hours)"
    client.delete_schedule_group(Name="daytwo-systems")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_schedule(Name="nightly", GroupName="daytwo-systems")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_schedule_group(Name="daytwo-systems")
    client.delete_schedule(Name="nightly", GroupName="daytwo")
    assert client.list_schedules()["Schedules"] == []


def test_what_is_no_schedule_is_refused(account, schedule):
    client = account.client("scheduler")
    for wrong in ("rate(0 minutes)", "cron(0 8 * * *)", "every day"):
        with pytest.raises(client.exceptions.ValidationException, match="Invalid Schedule"):
            schedule(wrong)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        schedule("rate(1 hour)", GroupName="not-there")
    schedule("rate(1 hour)")
    with pytest.raises(client.exceptions.ConflictException):
        schedule("rate(1 hour)")
