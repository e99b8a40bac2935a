"""Scheduled actions are carried out at their times, and cron is read as Auto Scaling reads it."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from embedded import running
from services import make_group

from infra.local import autoscaling as scaling
from infra.local import ec2 as instances
from infra.local import elbv2 as balancers
from infra.local.autoscaling.scheduled import expression
from infra.local.expressions import read


@pytest.mark.parametrize(
    ("recurrence", "written"),
    [
        ("0 8 * * MON-FRI", "cron(0 8 ? * MON-FRI *)"),
        ("0 8 * * 1-5", "cron(0 8 ? * 2-6 *)"),
        ("0 8 * * 0", "cron(0 8 ? * 1 *)"),
        ("0 8 * * 7", "cron(0 8 ? * 1 *)"),
        ("30 18 1 * *", "cron(30 18 1 * ? *)"),
        ("*/15 * * * *", "cron(*/15 * * * ? *)"),
        ("@daily", "cron(0 0 * * ? *)"),
    ],
)
def test_a_recurrence_is_unix_cron(recurrence, written):
    assert expression(recurrence) == written
    assert read(written).after(datetime.now(UTC), datetime.now(UTC)) is not None


@pytest.fixture
def account(tmp_path):
    with running(tmp_path, instances, balancers, scaling, factor=120) as account:
        yield account


def test_a_groups_sizes_change_when_an_action_is_due(account):
    autoscaling = account.client("autoscaling")
    make_group(autoscaling, account.client("ec2"), 1, MinSize=1, MaxSize=2)
    autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName="web",
        ScheduledActionName="business-hours",
        Recurrence="* * * * *",
        MinSize=3,
        MaxSize=6,
    )
    autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName="web",
        ScheduledActionName="once",
        StartTime=account.clock.now() + timedelta(minutes=4),
        MinSize=0,
        DesiredCapacity=5,
    )
    assert reaches(autoscaling, lambda group: len(group["Instances"]) == 3)["MinSize"] == 3
    assert reaches(autoscaling, lambda group: len(group["Instances"]) == 5)["MaxSize"] == 6


def reaches(autoscaling, wanted):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        group = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
        if wanted(group):
            return group
        time.sleep(0.05)
    raise TimeoutError(group)
