"""Which permissions calls about instances, groups, balancers and commands need."""

import json

import boto3
import pytest
from fleets import AMI
from moto import mock_aws

from infra.local.iam.arns import Place
from infra.local.iam.checks import checks
from infra.local.iam.operations import identify
from infra.local.iam.signature import read

PLACE = Place("us-east-1", "123456789012")
GROUP_ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"


def needed(environ):
    operation = identify(read(environ).service, environ, environ["daytwo.body"])
    return [(check.action, check.resource) for check in checks(operation, PLACE)]


def own(kind, service="ec2"):
    return f"arn:aws:{service}:us-east-1:123456789012:{kind}"


def shared(kind, service="ec2"):
    return f"arn:aws:{service}:us-east-1::{kind}"


TAGGED = [{"ResourceType": "snapshot", "Tags": [{"Key": "InstanceId", "Value": "i-9"}]}]
CALLS = [
    ("ec2", "reboot_instances", {"InstanceIds": ["i-1", "i-2"]}, ["instance/i-1", "instance/i-2"]),
    (
        "ec2",
        "modify_instance_attribute",
        {"InstanceId": "i-1", "Groups": ["sg-1"], "UserData": {"Value": b"vol-1"}},
        ["instance/i-1", "security-group/sg-1"],
    ),
    (
        "ec2",
        "modify_instance_metadata_options",
        {"InstanceId": "i-1", "HttpTokens": "required"},
        ["instance/i-1"],
    ),
    (
        "ec2",
        "modify_network_interface_attribute",
        {"NetworkInterfaceId": "eni-1", "Groups": ["sg-1"]},
        ["network-interface/eni-1", "security-group/sg-1"],
    ),
    (
        "ec2",
        "create_network_acl_entry",
        {
            "NetworkAclId": "acl-1",
            "RuleNumber": 1,
            "Protocol": "-1",
            "RuleAction": "deny",
            "Egress": True,
            "CidrBlock": "10.0.0.1/32",
        },
        ["network-acl/acl-1"],
    ),
    ("ec2", "disassociate_iam_instance_profile", {"AssociationId": "x"}, ["instance/i-*"]),
    (
        "ec2",
        "create_replace_root_volume_task",
        {"InstanceId": "i-1"},
        ["instance/i-1", "replace-root-volume-task/*"],
    ),
    ("ec2", "describe_instance_attribute", {"InstanceId": "i-1", "Attribute": "x"}, ["*"]),
    (
        "autoscaling",
        "enter_standby",
        {
            "AutoScalingGroupName": "web",
            "InstanceIds": ["i-1"],
            "ShouldDecrementDesiredCapacity": True,
        },
        ["autoScalingGroup:*:autoScalingGroupName/web"],
    ),
    (
        "autoscaling",
        "start_instance_refresh",
        {"AutoScalingGroupName": "web"},
        ["autoScalingGroup:*:autoScalingGroupName/web"],
    ),
    ("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": ["web"]}, ["*"]),
    ("elbv2", "describe_target_health", {"TargetGroupArn": GROUP_ARN}, ["*"]),
    ("ssm", "get_parameter", {"Name": "a"}, ["parameter/a"]),
    ("ssm", "list_command_invocations", {"CommandId": "c"}, ["*"]),
]


@pytest.mark.parametrize(("service", "method", "parameters", "resources"), CALLS)
def test_a_call_needs_its_action_on_each_resource(sent, service, method, parameters, resources):
    prefix = "elasticloadbalancing" if service == "elbv2" else service
    action = "".join(word.title() for word in method.split("_"))
    assert needed(sent(service, method, **parameters)) == [
        (f"{prefix}:{action}", end if end == "*" else own(end, prefix)) for end in resources
    ]


@pytest.mark.parametrize("method", ["register_targets", "deregister_targets"])
def test_targets_need_their_group(sent, method):
    parameters = {"TargetGroupArn": GROUP_ARN, "Targets": [{"Id": "i-1"}]}
    found = needed(sent("elbv2", method, **parameters))
    assert [resource for _, resource in found] == [GROUP_ARN]


def test_snapshots_need_the_instance_its_volumes_and_the_right_to_tag(sent):
    found = needed(
        sent(
            "ec2",
            "create_snapshots",
            InstanceSpecification={"InstanceId": "i-1"},
            TagSpecifications=TAGGED,
        )
    )
    assert found == [
        ("ec2:CreateSnapshots", own("instance/i-1")),
        ("ec2:CreateSnapshots", shared("snapshot/*")),
        ("ec2:CreateSnapshots", own("volume/*")),
        ("ec2:CreateTags", shared("snapshot/*")),
    ]


def test_tags_need_what_they_are_put_on(sent):
    tags = [{"Key": "InstanceId", "Value": "i-9"}]
    found = needed(sent("ec2", "create_tags", Resources=["i-1", "snap-1"], Tags=tags))
    assert found == [
        ("ec2:CreateTags", own("instance/i-1")),
        ("ec2:CreateTags", shared("snapshot/snap-1")),
    ]


@pytest.mark.parametrize(
    ("document", "arn"),
    [
        ("AWS-RunPatchBaseline", shared("document/AWS-RunPatchBaseline", "ssm")),
        ("own", own("document/own", "ssm")),
    ],
)
def test_a_command_needs_its_document_and_its_instances(sent, document, arn):
    found = needed(sent("ssm", "send_command", DocumentName=document, InstanceIds=["i-1"]))
    assert found == [("ssm:SendCommand", arn), ("ssm:SendCommand", own("instance/i-1"))]
    tagged = [{"Key": "tag:a", "Values": ["b"]}]
    anywhere = needed(sent("ssm", "send_command", DocumentName=document, Targets=tagged))
    assert anywhere[1] == ("ssm:SendCommand", own("instance/*"))


@pytest.fixture
def aws():
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


@pytest.fixture
def profile(aws):
    iam = aws.client("iam")
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps({}))["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    return role


def test_a_launch_needs_all_that_its_template_names(sent, aws, profile):
    data = {
        "ImageId": "ami-1",
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1", "Groups": ["sg-1"]}],
        "IamInstanceProfile": {"Name": "web"},
    }
    made = aws.client("ec2").create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData=data
    )["LaunchTemplate"]["LaunchTemplateId"]
    template = {"LaunchTemplateName": "web", "Version": "$Latest"}
    found = needed(
        sent(
            "ec2",
            "run_instances",
            MinCount=1,
            MaxCount=1,
            SubnetId="subnet-2",
            LaunchTemplate=template,
        )
    )
    assert ("iam:PassRole", profile) in found
    resources = {resource for action, resource in found if action == "ec2:RunInstances"}
    assert resources == {
        shared("image/ami-1"),
        own("subnet/subnet-1"),
        own("subnet/subnet-2"),
        own("security-group/sg-1"),
        own(f"launch-template/{made}"),
        own("instance/*"),
        own("network-interface/*"),
        own("volume/*"),
    }


def test_what_a_launch_template_only_writes_down_is_not_asked_for(sent):
    data = {"ImageId": "ami-1", "SecurityGroupIds": ["sg-1"]}
    found = needed(
        sent(
            "ec2",
            "create_launch_template_version",
            LaunchTemplateId="lt-1",
            LaunchTemplateData=data,
        )
    )
    assert found == [("ec2:CreateLaunchTemplateVersion", own("launch-template/lt-1"))]


def test_an_association_needs_its_instance_and_the_role(sent, aws, profile):
    ec2 = aws.client("ec2")
    image = AMI
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    instance_id = instance["InstanceId"]
    given = {"IamInstanceProfile": {"Name": "web"}, "InstanceId": instance_id}
    assert needed(sent("ec2", "associate_iam_instance_profile", **given)) == [
        ("ec2:AssociateIamInstanceProfile", own(f"instance/{instance_id}")),
        ("iam:PassRole", profile),
    ]
    associated = ec2.associate_iam_instance_profile(**given)["IamInstanceProfileAssociation"]
    association = associated["AssociationId"]
    found = needed(sent("ec2", "disassociate_iam_instance_profile", AssociationId=association))
    assert found == [("ec2:DisassociateIamInstanceProfile", own(f"instance/{instance_id}"))]


def test_a_members_health_needs_its_group(sent, aws):
    scaling = aws.client("autoscaling")
    config = {"LaunchConfigurationName": "web", "ImageId": AMI, "InstanceType": "t3.micro"}
    scaling.create_launch_configuration(**config)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["us-east-1a"],
    )
    (member,) = scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    for instance, group in ((member["InstanceId"], "web"), ("i-1", "*")):
        found = needed(
            sent("autoscaling", "set_instance_health", InstanceId=instance, HealthStatus="x")
        )
        arn = own(f"autoScalingGroup:*:autoScalingGroupName/{group}", "autoscaling")
        assert found == [("autoscaling:SetInstanceHealth", arn)]
