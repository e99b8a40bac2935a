"""Groups launch their members where there are fewest, as their launch template says."""

import collections

import boto3
import pytest
from fleets import AMI

METADATA = {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 3}


@pytest.fixture
def group(ec2, autoscaling):
    """Make a group of five in two zones, and give a way to see its members."""
    zones = ("us-east-1a", "us-east-1b")
    found = ec2.describe_subnets(Filters=[{"Name": "availability-zone", "Values": list(zones)}])
    subnets = {one["AvailabilityZone"]: one["SubnetId"] for one in found["Subnets"]}
    image = AMI
    boto3.client("iam").create_instance_profile(InstanceProfileName="workers")
    ec2.create_launch_template(
        LaunchTemplateName="application",
        LaunchTemplateData={
            "ImageId": image,
            "InstanceType": "t3.micro",
            "MetadataOptions": METADATA,
            "IamInstanceProfile": {"Name": "workers"},
        },
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="application",
        MinSize=2,
        MaxSize=6,
        DesiredCapacity=5,
        VPCZoneIdentifier=",".join(subnets[zone] for zone in zones),
        LaunchTemplate={"LaunchTemplateName": "application", "Version": "1"},
    )

    def members():
        named = [{"Name": "tag:aws:autoscaling:groupName", "Values": ["application"]}]
        alive = [{"Name": "instance-state-name", "Values": ["running"]}]
        pages = ec2.describe_instances(Filters=[*named, *alive])
        return [one for page in pages["Reservations"] for one in page["Instances"]]

    return members


def zones(members):
    return collections.Counter(one["Placement"]["AvailabilityZone"] for one in members)


def test_members_are_spread_over_the_zones(group):
    assert sorted(zones(group()).values()) == [2, 3]


def test_a_new_member_goes_where_there_are_fewest(group, autoscaling):
    autoscaling.set_desired_capacity(AutoScalingGroupName="application", DesiredCapacity=6)
    assert sorted(zones(group()).values()) == [3, 3]


def test_members_have_the_metadata_options_of_the_launch_template(group):
    seen = {
        (options["HttpTokens"], options["HttpPutResponseHopLimit"])
        for options in (one["MetadataOptions"] for one in group())
    }
    assert seen == {("required", 3)}


def test_the_group_still_names_all_of_its_subnets(group, autoscaling):
    (told,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert len(told["VPCZoneIdentifier"].split(",")) == 2


def test_members_have_the_profile_of_the_launch_template(group):
    assert {one["IamInstanceProfile"]["Arn"].rpartition("/")[2] for one in group()} == {"workers"}
