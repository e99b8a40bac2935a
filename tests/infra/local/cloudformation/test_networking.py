"""Security groups of stacks let through what their templates say, and nothing else."""

import pytest

from infra.local import cloudformation
from tests.infra.local.cloudformation.conftest import Stacks
from tests.infra.local.cloudformation.test_other_types import resource
from tests.support.embedded import reset_moto, running
from tests.support.moto_source import still_says

NOWHERE = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32", "Description": "to nowhere"}
WEB = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": "80", "CidrIp": "0.0.0.0/0"}


@pytest.fixture
def stacks(tmp_path):
    with running(tmp_path, cloudformation) as account:
        reset_moto()
        yield Stacks(account)
        reset_moto()


def group(**rules):
    return resource(
        "EC2::SecurityGroup",
        GroupName="it",
        GroupDescription="it",
        VpcId={"Ref": "Network"},
        Tags=[{"Key": "daytwo:quarantine", "Value": "true"}],
        **rules,
    )


def deploy(stacks, made):
    network = resource("EC2::VPC", CidrBlock="10.0.0.0/16")
    stacks.deploy({"Network": network, "Group": made})
    return rules(stacks)


def rules(stacks):
    found = stacks.client("ec2").describe_security_groups(GroupIds=[stacks.physical_id("Group")])
    (described,) = found["SecurityGroups"]
    assert described["Tags"] == [{"Key": "daytwo:quarantine", "Value": "true"}]

    def blocks(permissions):
        return [
            (rule["IpProtocol"], rule.get("FromPort"), one["CidrIp"])
            for rule in permissions
            for one in rule["IpRanges"]
        ]

    return blocks(described["IpPermissions"]), blocks(described["IpPermissionsEgress"])


def test_a_group_that_says_nothing_lets_everything_out(stacks):
    assert deploy(stacks, group()) == ([], [("-1", None, "0.0.0.0/0")])


def test_a_group_with_a_rule_lets_nothing_else_out(stacks):
    assert deploy(stacks, group(SecurityGroupEgress=[NOWHERE])) == (
        [],
        [("-1", None, "127.0.0.1/32")],
    )


def test_its_rules_change_in_place_and_it_goes_with_its_stack(stacks):
    deploy(stacks, group(SecurityGroupIngress=[WEB]))
    first = stacks.physical_id("Group")
    changed = group(SecurityGroupIngress=[{**WEB, "CidrIp": "10.0.0.0/8"}])
    assert deploy(stacks, changed)[0] == [("tcp", 80, "10.0.0.0/8")]
    assert stacks.physical_id("Group") == first
    stacks.delete()
    names = [one["GroupName"] for one in all_groups(stacks)]
    assert "it" not in names


def test_a_rule_may_name_another_group(stacks):
    source = {"Fn::GetAtt": ["Web", "GroupId"]}
    ingress = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "SourceSecurityGroupId": source}
    stacks.deploy(
        {
            "Web": resource("EC2::SecurityGroup", GroupDescription="web"),
            "Group": resource(
                "EC2::SecurityGroup", GroupDescription="it", SecurityGroupIngress=[ingress]
            ),
        }
    )
    ids = {name: stacks.physical_id(name) for name in ("Web", "Group")}
    (described,) = [one for one in all_groups(stacks) if one["GroupId"] == ids["Group"]]
    (rule,) = described["IpPermissions"]
    assert rule["UserIdGroupPairs"][0]["GroupId"] == ids["Web"]


def all_groups(stacks):
    return stacks.client("ec2").describe_security_groups()["SecurityGroups"]


def test_a_network_with_a_route_table_goes_with_its_stack(stacks):
    network = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}
    routes = {
        "Type": "AWS::EC2::RouteTable",
        "Properties": {"VpcId": {"Ref": "Network"}, "Tags": [{"Key": "Name", "Value": "routes"}]},
    }
    stacks.deploy({"Network": network, "Routes": routes})
    client, named = stacks.client("ec2"), [{"Name": "tag:Name", "Values": ["routes"]}]
    (table,) = client.describe_route_tables(Filters=named)["RouteTables"]
    assert table["RouteTableId"] == stacks.physical_id("Routes")

    stacks.aws.delete_stack(StackName="it")

    assert client.describe_route_tables(Filters=named)["RouteTables"] == []
    blocks = [one["CidrBlock"] for one in client.describe_vpcs()["Vpcs"]]
    assert "10.9.0.0/16" not in blocks


def test_moto_still_leaves_the_rules_out():
    from moto.ec2.models.security_groups import SecurityGroup

    assert not still_says(SecurityGroup.create_from_cloudformation_json, "SecurityGroupEgress")
