"""Members are replaced where their zone is taken away or they are unhealthy, and spread anew."""

import collections

import boto3
import pytest
from fleets import AMI
from moto import mock_aws

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


@pytest.fixture
def subnets(ec2):
    found = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": list(ZONES)}])
    by_zone = {one["AvailabilityZone"]: one["SubnetId"] for one in found["Subnets"]}
    return [by_zone[zone] for zone in ZONES]


@pytest.fixture
def arn(ec2, elbv2, subnets):
    vpc = ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
    made = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)
    return made["TargetGroups"][0]["TargetGroupArn"]


def make(autoscaling, subnets, **more):
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="web", ImageId=AMI, InstanceType="t3.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=3,
        MaxSize=6,
        DesiredCapacity=6,
        VPCZoneIdentifier=",".join(subnets),
        **more,
    )


def members(autoscaling):
    return autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]


def zones(autoscaling):
    return collections.Counter(one["AvailabilityZone"] for one in members(autoscaling))


def give(autoscaling, subnets):
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="web", VPCZoneIdentifier=",".join(subnets)
    )


def test_a_zone_that_is_taken_away_is_made_up_for_in_the_others(autoscaling, subnets):
    make(autoscaling, subnets)
    give(autoscaling, subnets[1:])
    assert zones(autoscaling) == {"us-east-1b": 3, "us-east-1c": 3}


def test_a_zone_that_is_given_back_gets_its_share_again(autoscaling, subnets):
    make(autoscaling, subnets[1:])
    give(autoscaling, subnets)
    assert zones(autoscaling) == {"us-east-1a": 2, "us-east-1b": 2, "us-east-1c": 2}


def test_an_unhealthy_member_is_replaced_also_among_the_targets(autoscaling, elbv2, subnets, arn):
    make(autoscaling, subnets, TargetGroupARNs=[arn])
    lost = members(autoscaling)[0]["InstanceId"]
    autoscaling.set_instance_health(InstanceId=lost, HealthStatus="Unhealthy")
    ids = {one["InstanceId"] for one in members(autoscaling)}
    assert len(ids) == 6
    assert lost not in ids
    targets = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    serving = {one["Target"]["Id"] for one in targets if one["TargetHealth"]["State"] != "draining"}
    assert serving == ids


def test_a_change_of_something_else_moves_nobody(autoscaling, subnets):
    make(autoscaling, subnets)
    before = {one["InstanceId"] for one in members(autoscaling)}
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=2)
    assert {one["InstanceId"] for one in members(autoscaling)} == before


@mock_aws
def test_moto_keeps_members_in_a_zone_that_was_taken_away():
    """When this fails, moto does it, and infra/local/autoscaling/rebalancing.py can go."""
    ec2, autoscaling = (
        boto3.client(name, region_name="us-east-1") for name in ("ec2", "autoscaling")
    )
    found = ec2.describe_subnets()["Subnets"]
    make(autoscaling, [one["SubnetId"] for one in found[:2]])
    give(autoscaling, [found[1]["SubnetId"]])
    assert zones(autoscaling).keys() != {found[1]["AvailabilityZone"]}
