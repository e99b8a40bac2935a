"""Instances of stacks are launched with all that their template says."""

import base64

import pytest
from fleets import AMI

from infra.local import cloudformation, ec2
from tests.infra.local.cloudformation.conftest import Stacks
from tests.infra.local.cloudformation.test_other_types import resource
from tests.support.embedded import reset_moto, running
from tests.support.moto_source import still_says

SCRIPT = "#!/bin/bash\necho it\n"


@pytest.fixture
def stacks(tmp_path):
    with running(tmp_path, ec2, cloudformation) as account:
        reset_moto()
        yield Stacks(account)
        reset_moto()


def resources(stacks, **properties):
    image = AMI
    return {
        "Role": stacks.role,
        "Profile": resource("IAM::InstanceProfile", Roles=[{"Ref": "Role"}]),
        "Network": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Subnet": resource(
            "EC2::Subnet",
            VpcId={"Ref": "Network"},
            CidrBlock="10.0.1.0/24",
            AvailabilityZone="us-east-1b",
        ),
        "Group": resource("EC2::SecurityGroup", GroupDescription="it", VpcId={"Ref": "Network"}),
        "Instance": resource(
            "EC2::Instance",
            **{
                "ImageId": image,
                "InstanceType": "t3.micro",
                "SubnetId": {"Ref": "Subnet"},
                "IamInstanceProfile": {"Ref": "Profile"},
                "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
                "UserData": {"Fn::Base64": SCRIPT},
                "Tags": [{"Key": "Tier", "Value": "ledger"}],
                **properties,
            },
        ),
    }


def described(stacks):
    ids = [stacks.physical_id("Instance")]
    found = stacks.client("ec2").describe_instances(InstanceIds=ids)["Reservations"]
    (instance,) = found[0]["Instances"]
    return instance


def test_an_instance_is_as_its_template_says(stacks):
    address = {"Address": {"Value": {"Fn::GetAtt": ["Instance", "PrivateIp"]}}}
    stack = stacks.deploy(resources(stacks), Outputs=address)
    found = described(stacks)
    assert found["State"]["Name"] == "running"
    assert found["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert stack["Outputs"][0]["OutputValue"] == found["PrivateIpAddress"]
    assert {"Key": "Tier", "Value": "ledger"} in found["Tags"]
    group = stacks.physical_id("Group")
    assert [one["GroupId"] for one in found["NetworkInterfaces"][0]["Groups"]] == [group]
    profile = found["IamInstanceProfile"]["Arn"]
    assert profile.endswith(f"/{stacks.physical_id('Profile')}")
    reply = stacks.client("ec2").describe_instance_attribute(
        InstanceId=found["InstanceId"], Attribute="userData"
    )
    assert base64.b64decode(reply["UserData"]["Value"]).decode() == SCRIPT


def test_its_type_changes_in_place_and_its_subnet_does_not(stacks):
    stacks.deploy(resources(stacks))
    first = described(stacks)["InstanceId"]
    stacks.deploy(resources(stacks, InstanceType="t3.small"))
    changed = described(stacks)
    assert (changed["InstanceId"], changed["InstanceType"]) == (first, "t3.small")
    assert changed["State"]["Name"] == "running"
    made = resources(stacks, SubnetId={"Ref": "Other"})
    made["Other"] = resource("EC2::Subnet", VpcId={"Ref": "Network"}, CidrBlock="10.0.2.0/24")
    stacks.deploy(made)
    assert described(stacks)["InstanceId"] != first


def test_it_is_terminated_with_its_stack(stacks):
    stacks.deploy(resources(stacks))
    instance = stacks.physical_id("Instance")
    stacks.delete()
    found = stacks.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
    assert found[0]["Instances"][0]["State"]["Name"] == "terminated"


def test_moto_still_leaves_the_security_groups_out():
    from moto.ec2.models.instances import Instance

    assert not still_says(Instance.create_from_cloudformation_json, "SecurityGroupIds")
