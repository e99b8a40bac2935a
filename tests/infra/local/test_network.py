"""Security groups and network ACLs as on AWS; the last tests fail when moto does it itself."""

import boto3
import pytest
from botocore.exceptions import ClientError
from embedded import running
from fleets import AMI
from moto import mock_aws
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto_source import still_says

from infra.local import network


@pytest.fixture
def ec2(tmp_path):
    with running(tmp_path, network) as account:
        yield account.client("ec2")


def launch(ec2):
    """Launch an instance with its own group; gives its interface, its VPC and the group."""
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = make_group(ec2, vpc, "application")
    image = AMI
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SecurityGroupIds=[group])[
        "Instances"
    ][0]
    return instance["InstanceId"], vpc, group


def make_group(ec2, vpc, name):
    return ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


def described(ec2, instance_id):
    found = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    interface = found["NetworkInterfaces"][0]
    groups = [
        [group["GroupId"] for group in where]
        for where in (found["SecurityGroups"], interface["Groups"])
    ]
    return interface["NetworkInterfaceId"], groups


def deny(ec2, acl, number, egress=False):
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=number,
        Protocol="-1",
        RuleAction="deny",
        Egress=egress,
        CidrBlock=f"10.0.0.{number}/32",
    )


def default_acl(ec2):
    return ec2.describe_network_acls()["NetworkAcls"][0]["NetworkAclId"]


def test_an_interfaces_new_groups_replace_those_of_the_launch(ec2):
    instance, vpc, group = launch(ec2)
    quarantine = make_group(ec2, vpc, "quarantine")
    interface, before = described(ec2, instance)

    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[quarantine])

    assert before == [[group], [group]]
    assert described(ec2, instance)[1] == [[quarantine], [quarantine]]


def test_an_instances_new_groups_are_those_of_its_first_interface(ec2):
    instance, vpc, _ = launch(ec2)
    quarantine = make_group(ec2, vpc, "quarantine")

    ec2.modify_instance_attribute(InstanceId=instance, Groups=[quarantine])

    assert described(ec2, instance)[1] == [[quarantine], [quarantine]]


def test_a_group_that_does_not_exist_is_refused(ec2):
    instance, _, group = launch(ec2)
    interface, _ = described(ec2, instance)

    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.modify_network_interface_attribute(
            NetworkInterfaceId=interface, Groups=["sg-0123456789abcdef0"]
        )

    assert described(ec2, instance)[1] == [[group], [group]]


def test_a_network_acl_takes_twenty_entries_in_each_direction(ec2):
    acl = default_acl(ec2)
    for number in range(1, 20):
        deny(ec2, acl, number)

    with pytest.raises(ClientError, match="NetworkAclEntryLimitExceeded"):
        deny(ec2, acl, 20)

    deny(ec2, acl, 20, egress=True)


def test_an_entry_that_is_there_is_told_even_when_the_acl_is_full(ec2):
    acl = default_acl(ec2)
    for number in range(1, 20):
        deny(ec2, acl, number)

    with pytest.raises(ClientError, match="NetworkAclEntryAlreadyExists"):
        deny(ec2, acl, 7)


@pytest.mark.parametrize("egress", [False, True])
def test_an_entry_that_is_gone_cannot_be_deleted_again(ec2, egress):
    acl = default_acl(ec2)
    deny(ec2, acl, 7, egress)
    ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=7, Egress=egress)

    with pytest.raises(ClientError, match=r"InvalidNetworkAclEntry\.NotFound"):
        ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=7, Egress=egress)


def test_moto_still_adds_the_groups_of_the_launch_to_an_interfaces_own():
    assert still_says(NetworkInterface.group_set.fget, "set(self.instance.security_groups)")


def test_moto_still_knows_neither_unknown_groups_nor_limits_of_network_acls():
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="us-east-1")
        interface, _ = described(ec2, launch(ec2)[0])
        ec2.modify_network_interface_attribute(
            NetworkInterfaceId=interface, Groups=["sg-0123456789abcdef0"]
        )
        acl = default_acl(ec2)
        for number in range(1, 30):
            deny(ec2, acl, number)
        with pytest.raises(StopIteration):
            ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=50, Egress=False)
