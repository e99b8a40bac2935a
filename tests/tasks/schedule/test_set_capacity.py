"""Setting an Auto Scaling group's capacity, recorded before and after."""

import boto3
import pytest

from tasks import runtime, store
from tasks.errors import AccessRefused, GroupUnknown, Unavailable
from tasks.schedule import set_capacity

GROUP = "shop-dev-web"
BUSINESS = {"min": 2, "desired": 3, "max": 6}
OFF = {"min": 0, "desired": 0, "max": 1}
EXECUTION = {
    "id": "arn:aws:states:us-east-1:123456789012:execution:daytwo-ec2-schedule:tick-1",
    "name": "tick-1",
    "started_at": "2026-01-12T18:00:00Z",
}


@pytest.fixture
def autoscaling(aws):
    runtime._client.cache_clear()
    client = boto3.client("autoscaling")
    subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    client.create_launch_configuration(
        LaunchConfigurationName="web", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )
    client.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchConfigurationName="web",
        MinSize=2,
        DesiredCapacity=3,
        MaxSize=6,
        VPCZoneIdentifier=subnet,
    )
    return client


@pytest.fixture
def trail(audit_table, dynamodb):
    return lambda: [store.from_item(item) for item in dynamodb.scan(TableName=audit_table)["Items"]]


def size(autoscaling):
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    return {name: group[field] for name, field in set_capacity.FIELDS.items()}


def ask(capacity=OFF, group=GROUP):
    return set_capacity.handler(
        {
            "group": group,
            "capacity": capacity,
            "target": {},
            "schedule": "shop/office-hours",
            "execution": EXECUTION,
        },
        None,
    )


def core(autoscaling, dynamodb, audit_table):
    return set_capacity.set_capacity(
        GROUP,
        OFF,
        schedule="shop/office-hours",
        execution=EXECUTION,
        audit_table=audit_table,
        autoscaling=autoscaling,
        dynamodb=dynamodb,
    )


def test_it_is_set_and_recorded(autoscaling, trail):
    assert ask() == {"changed": True, "before": BUSINESS}
    assert size(autoscaling) == OFF
    (entry,) = trail()
    assert (entry["id"], entry["timestamp"]) == (GROUP, EXECUTION["started_at"])
    assert (entry["from"], entry["to"]) == ("min 2, desired 3, max 6", "min 0, desired 0, max 1")
    assert (entry["who"], entry["outcome"]) == ("schedule shop/office-hours", "succeeded")


def test_a_group_that_has_it_already_is_left_and_nothing_is_recorded(autoscaling, trail):
    assert ask(BUSINESS) == {"changed": False, "before": BUSINESS}
    assert trail() == []


def test_delivered_again_the_record_keeps_what_was_before(autoscaling, trail):
    ask()
    first = trail()
    assert ask()["changed"] is False
    assert trail() == first


def test_killed_before_the_change_it_is_recorded_as_begun(
    autoscaling, trail, audit_table, dynamodb, refusing
):
    broken = refusing(autoscaling, "update_auto_scaling_group", "AccessDenied")
    with pytest.raises(AccessRefused):
        core(broken, dynamodb, audit_table)
    assert [entry["outcome"] for entry in trail()] == ["begun"]
    assert size(autoscaling) == BUSINESS


def test_killed_after_the_change_the_next_delivery_completes_the_record(
    autoscaling, trail, audit_table, dynamodb, refusing
):
    broken = refusing(dynamodb, "update_item", "AccessDeniedException")
    with pytest.raises(AccessRefused):
        core(autoscaling, broken, audit_table)
    assert [entry["outcome"] for entry in trail()] == ["begun"]
    core(autoscaling, dynamodb, audit_table)
    assert [entry["outcome"] for entry in trail()] == ["succeeded"]
    assert trail()[0]["from"] == "min 2, desired 3, max 6"


def test_a_busy_group_may_be_asked_again(autoscaling, audit_table, dynamodb, refusing):
    busy = refusing(autoscaling, "update_auto_scaling_group", "ScalingActivityInProgress")
    with pytest.raises(Unavailable):
        core(busy, dynamodb, audit_table)


def test_a_group_that_is_not_there_is_named(autoscaling, audit_table):
    with pytest.raises(GroupUnknown, match="There is no Auto Scaling group shop-dev-api here"):
        ask(group="shop-dev-api")
