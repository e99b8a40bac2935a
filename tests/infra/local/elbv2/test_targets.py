"""Targets become healthy and drain on the account's clock, and fail as the weather says."""

import boto3
import pytest
from botocore.exceptions import ClientError
from fleets import make_fleet
from services import healths, make_target_group, register
from weather import weathered

from infra.local import elbv2 as part


@pytest.fixture
def account():
    with weathered(part) as account:
        yield account


@pytest.fixture
def weather(account):
    return account.weather["elbv2"]


@pytest.fixture
def ec2(account):
    return boto3.client("ec2", region_name="us-east-1")


@pytest.fixture
def elbv2(account):
    return boto3.client("elbv2", region_name="us-east-1")


@pytest.fixture
def group(elbv2, ec2):
    return make_target_group(elbv2, ec2, delay=120)


def deregister(elbv2, group, *ids, port=80):
    targets = [{"Id": one, "Port": port} for one in ids]
    elbv2.deregister_targets(TargetGroupArn=group, Targets=targets)


def test_a_target_is_initial_first_and_healthy_later(account, weather, elbv2, ec2, group):
    weather.set(initial=30)
    ids = make_fleet(ec2, 2)
    register(elbv2, group, ids)
    assert healths(elbv2, group) == dict.fromkeys(ids, "initial")
    account.clock.advance(30)
    assert healths(elbv2, group) == dict.fromkeys(ids, "healthy")


def test_a_target_drains_for_the_groups_deregistration_delay(account, weather, elbv2, ec2, group):
    weather.set(draining=True)
    leaving, staying = make_fleet(ec2, 2)
    register(elbv2, group, [leaving, staying])
    deregister(elbv2, group, leaving)
    account.clock.advance(119)
    assert healths(elbv2, group) == {leaving: "draining", staying: "healthy"}
    account.clock.advance(1)
    assert healths(elbv2, group) == {staying: "healthy"}


def test_in_calm_weather_a_target_is_gone_at_once(elbv2, ec2, group):
    ids = make_fleet(ec2, 1)
    register(elbv2, group, ids)
    deregister(elbv2, group, *ids)
    assert healths(elbv2, group) == {}
    named = elbv2.describe_target_health(TargetGroupArn=group, Targets=[{"Id": ids[0]}])
    health = named["TargetHealthDescriptions"][0]["TargetHealth"]
    assert (health["State"], health["Reason"]) == ("unused", "Target.NotRegistered")


def test_a_draining_target_that_is_registered_again_stays(account, weather, elbv2, ec2, group):
    weather.set(draining=True)
    ids = make_fleet(ec2, 1)
    register(elbv2, group, ids)
    deregister(elbv2, group, *ids)
    register(elbv2, group, ids)
    account.clock.advance(500)
    assert healths(elbv2, group) == {ids[0]: "healthy"}


def test_a_target_may_have_several_ports(elbv2, ec2, group):
    ids = make_fleet(ec2, 1)
    register(elbv2, group, ids, 80)
    register(elbv2, group, ids, 81)
    deregister(elbv2, group, *ids, port=80)
    left = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert [one["Target"]["Port"] for one in left] == [81]


def test_who_was_never_registered_may_leave(elbv2, ec2, group):
    deregister(elbv2, group, *make_fleet(ec2, 1))
    assert healths(elbv2, group) == {}


def test_a_stopped_instance_cannot_be_registered_and_none_beside_it_is(elbv2, ec2, group):
    running, stopped = make_fleet(ec2, 2)
    ec2.stop_instances(InstanceIds=[stopped])
    with pytest.raises(ClientError, match=f"InvalidTarget.*not in a running state.*{stopped}"):
        register(elbv2, group, [running, stopped])
    assert healths(elbv2, group) == {}


def test_a_stopped_target_gets_no_traffic_until_it_runs(elbv2, ec2, group):
    ids = make_fleet(ec2, 1)
    register(elbv2, group, ids)
    ec2.stop_instances(InstanceIds=ids)
    assert healths(elbv2, group) == {ids[0]: "unused"}
    ec2.start_instances(InstanceIds=ids)
    assert healths(elbv2, group) == {ids[0]: "healthy"}


def test_a_terminated_instance_is_no_target(elbv2, ec2, group):
    ids = make_fleet(ec2, 1)
    register(elbv2, group, ids)
    ec2.terminate_instances(InstanceIds=ids)
    assert healths(elbv2, group) == {}


def test_without_a_listener_a_target_is_not_in_use(elbv2, ec2):
    group = make_target_group(elbv2, ec2, in_use=False)
    register(elbv2, group, make_fleet(ec2, 1))
    found = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert found[0]["TargetHealth"]["Reason"] == "Target.NotInUse"


def test_the_weather_keeps_targets_unhealthy_or_draining(account, weather, elbv2, ec2, group):
    sick, stuck, well = make_fleet(ec2, 3)
    weather.add("unhealthy", ids=sick)
    weather.add("never_drained", ids=stuck)
    register(elbv2, group, [sick, stuck, well])
    deregister(elbv2, group, stuck)
    account.clock.advance(9999)
    assert healths(elbv2, group) == {sick: "unhealthy", stuck: "draining", well: "healthy"}
    weather.calm()
    assert healths(elbv2, group) == {sick: "healthy", well: "healthy"}


def test_an_unknown_target_group_is_refused(elbv2, group):
    with pytest.raises(ClientError, match="TargetGroupNotFound"):
        healths(elbv2, group.replace("targetgroup/web", "targetgroup/other"))
