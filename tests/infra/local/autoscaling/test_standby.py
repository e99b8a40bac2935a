"""Standby is refused as Auto Scaling refuses it, and takes members out of their load balancer."""

import pytest
from botocore.exceptions import ClientError
from services import healths, make_group, make_target_group, members


def enter(autoscaling, ids, decrement=True):
    autoscaling.enter_standby(
        InstanceIds=ids, AutoScalingGroupName="web", ShouldDecrementDesiredCapacity=decrement
    )


def leave(autoscaling, ids):
    autoscaling.exit_standby(InstanceIds=ids, AutoScalingGroupName="web")


def test_a_member_on_standby_gets_no_traffic_until_it_is_back(autoscaling, ec2, elbv2):
    group = make_target_group(elbv2, ec2)
    first, second = make_group(autoscaling, ec2, 2, target_groups=[group])
    assert set(healths(elbv2, group)) == {first, second}
    enter(autoscaling, [first])
    assert members(autoscaling) == {first: "Standby", second: "InService"}
    assert set(healths(elbv2, group)) == {second}
    leave(autoscaling, [first])
    assert set(healths(elbv2, group)) == {first, second}


def test_a_group_that_shrinks_keeps_its_members_on_standby(autoscaling, ec2):
    first, *others = make_group(autoscaling, ec2, 3)
    enter(autoscaling, [first])
    autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=1)
    left = members(autoscaling)
    assert left[first] == "Standby"
    assert sum(one in left for one in others) == 1


def test_without_decrement_the_group_launches_another_one(autoscaling, ec2):
    first, *_ = make_group(autoscaling, ec2, 2)
    enter(autoscaling, [first], decrement=False)
    assert sorted(members(autoscaling).values()) == ["InService", "InService", "Standby"]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (lambda ids: ids[:21], "less than or equal to 20"),
        (lambda ids: ["i-0000000000000001a"], "i-0000000000000001a is not part of"),
        (lambda ids: ids[-1:], "is not in InService"),
    ],
)
def test_a_wrong_request_changes_nothing(autoscaling, ec2, chosen, words):
    ids = make_group(autoscaling, ec2, 22)
    enter(autoscaling, ids[-1:])
    before = members(autoscaling)
    with pytest.raises(ClientError, match=words):
        enter(autoscaling, chosen(ids))
    assert members(autoscaling) == before


def test_a_group_at_its_minimum_lets_nobody_go(autoscaling, ec2):
    ids = make_group(autoscaling, ec2, 2, MinSize=2)
    with pytest.raises(ClientError, match="has min-size=2"):
        enter(autoscaling, ids[:1])


def test_a_group_at_its_maximum_takes_nobody_back(autoscaling, ec2):
    ids = make_group(autoscaling, ec2, 2, MaxSize=2)
    enter(autoscaling, ids[:1], decrement=False)
    with pytest.raises(ClientError, match="max-size=2"):
        leave(autoscaling, ids[:1])
