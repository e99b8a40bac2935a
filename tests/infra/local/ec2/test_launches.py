"""RunInstances: how many, once for a token, and with everything that was asked for."""

import boto3
import pytest
from fleets import AMI, make_fleet, states_of


def launched(answer):
    return [instance["InstanceId"] for instance in answer["Instances"]]


def only(ec2, instance):
    (reservation,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    return reservation["Instances"][0]


def test_as_many_are_launched_as_may_be(ec2):
    assert len(launched(ec2.run_instances(ImageId=AMI, MinCount=1, MaxCount=4))) == 4


def test_where_capacity_is_short_as_many_as_fit_are_launched_and_no_fewer_than_must_be(
    ec2, weather, refused
):
    weather.add("no_capacity", types="m5.large", zones="us-east-1a", spares=3)
    at_first = ec2.run_instances(ImageId=AMI, InstanceType="m5.large", MinCount=1, MaxCount=2)
    assert len(launched(at_first)) == 2
    code, _ = refused(
        ec2.run_instances, ImageId=AMI, InstanceType="m5.large", MinCount=2, MaxCount=2
    )
    assert code == "InsufficientInstanceCapacity"
    then = ec2.run_instances(ImageId=AMI, InstanceType="m5.large", MinCount=1, MaxCount=5)
    assert len(launched(then)) == 1
    ec2.run_instances(ImageId=AMI, InstanceType="m5.xlarge", MinCount=2, MaxCount=2)


def test_the_subnet_decides_in_which_zone_capacity_is_looked_for(ec2, weather, refused):
    subnets = {each["AvailabilityZone"]: each["SubnetId"]
               for each in ec2.describe_subnets()["Subnets"]}  # fmt: skip
    weather.add("no_capacity", zones="us-east-1b")
    one = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1}
    code, said = refused(ec2.run_instances, **one, SubnetId=subnets["us-east-1b"])
    assert (code, "us-east-1b" in said) == ("InsufficientInstanceCapacity", True)
    ec2.run_instances(**one, SubnetId=subnets["us-east-1a"])


def test_a_client_token_launches_once(ec2, refused):
    one = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1, "ClientToken": "operation/i-1"}
    first = launched(ec2.run_instances(**one))
    assert launched(ec2.run_instances(**one)) == first
    code, _ = refused(ec2.run_instances, **{**one, "InstanceType": "m5.large"})
    assert code == "IdempotentParameterMismatch"
    assert launched(ec2.run_instances(**{**one, "ClientToken": "operation/i-2"})) != first


def test_a_launch_template_sets_what_the_request_leaves_open(ec2, account):
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_instance_profile(InstanceProfileName="web")
    template = ec2.create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={"ImageId": AMI, "InstanceType": "t3.nano"},
    )["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_launch_template_version(
        LaunchTemplateId=template,
        LaunchTemplateData={
            "ImageId": AMI,
            "InstanceType": "t3.micro",
            "IamInstanceProfile": {"Name": "web"},
            "MetadataOptions": {"HttpTokens": "required"},
            "DisableApiTermination": True,
            "Placement": {"Tenancy": "dedicated"},
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": [{"Key": "Role", "Value": "web"}]}
            ],
        },
    )
    made = launched(
        ec2.run_instances(
            LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
            InstanceType="t3.small",
            MinCount=2,
            MaxCount=2,
        )
    )
    for instance in made:
        found = only(ec2, instance)
        assert found["InstanceType"] == "t3.small"
        assert found["IamInstanceProfile"]["Arn"].endswith("instance-profile/web")
        assert found["MetadataOptions"]["HttpTokens"] == "required"
        assert found["Placement"]["Tenancy"] == "dedicated"
        tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
        assert (tags["Role"], tags["aws:ec2launchtemplate:version"]) == ("web", "2")
        protection = ec2.describe_instance_attribute(
            InstanceId=instance, Attribute="disableApiTermination"
        )
        assert protection["DisableApiTermination"]["Value"] is True


def test_the_root_volume_has_the_name_that_the_image_has_for_it(ec2):
    image = next(
        each
        for each in ec2.describe_images(Owners=["amazon"])["Images"]
        if each["RootDeviceName"] == "/dev/xvda"
    )
    one = {"ImageId": image["ImageId"], "MinCount": 1, "MaxCount": 1}
    plain = launched(ec2.run_instances(**one))[0]
    data = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20}}]
    with_data = launched(ec2.run_instances(**one, BlockDeviceMappings=data))[0]
    for instance, devices in ((plain, {"/dev/xvda"}), (with_data, {"/dev/xvda", "/dev/sdf"})):
        found = only(ec2, instance)
        assert found["RootDeviceName"] == "/dev/xvda"
        assert {each["DeviceName"] for each in found["BlockDeviceMappings"]} == devices


def test_a_terminated_instance_leaves_neither_volume_nor_interface(ec2):
    ids = make_fleet(ec2, 2)
    ec2.terminate_instances(InstanceIds=ids)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []
    assert only(ec2, ids[0])["NetworkInterfaces"] == []


def test_a_launch_that_fails_after_it_was_accepted_ends_terminated(ec2, weather, clock):
    weather.set(pending=5)
    weather.add("falls_back", actions="RunInstances", times=1)
    one, two = launched(ec2.run_instances(ImageId=AMI, MinCount=2, MaxCount=2))
    assert states_of(ec2, [one, two]) == {one: "pending", two: "pending"}
    clock.advance(5)
    assert states_of(ec2, [one, two]) == {one: "terminated", two: "running"}
    assert only(ec2, one)["StateReason"]["Code"] == "Client.InternalError"


@pytest.mark.parametrize("missing", [{}, {"LaunchTemplate": {"LaunchTemplateName": "none"}}])
def test_a_launch_without_an_image_is_refused(ec2, refused, missing):
    if missing:
        ec2.create_launch_template(
            LaunchTemplateName="none", LaunchTemplateData={"InstanceType": "t3.nano"}
        )
    assert refused(ec2.run_instances, MinCount=1, MaxCount=1, **missing)[0] == "MissingParameter"


def test_what_a_group_launches_takes_room_too_and_has_a_root_volume(ec2, weather, refused):
    weather.add("no_capacity", types="t3.micro", spares=1)
    group = boto3.client("autoscaling", region_name="us-east-1")
    group.create_launch_configuration(
        LaunchConfigurationName="web", ImageId=AMI, InstanceType="t3.micro"
    )
    group.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )
    (reservation,) = ec2.describe_instances()["Reservations"]
    assert len(reservation["Instances"][0]["BlockDeviceMappings"]) == 1
    one_more = {"ImageId": AMI, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    assert refused(ec2.run_instances, **one_more)[0] == "InsufficientInstanceCapacity"
