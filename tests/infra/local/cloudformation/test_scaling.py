"""A scaling policy of a stack, and the alarm of the same stack that sets it off."""

import time

import pytest
from fleets import AMI

from infra.local import alarms, autoscaling, cloudformation, ec2, elbv2
from tests.infra.local.cloudformation.conftest import Stacks
from tests.infra.local.cloudformation.test_other_types import resource
from tests.support.embedded import reset_moto, running

GROUP = resource(
    "AutoScaling::AutoScalingGroup",
    AutoScalingGroupName="workers",
    MinSize="1",
    MaxSize="3",
    DesiredCapacity="1",
    AvailabilityZones=["us-east-1a"],
    LaunchTemplate={
        "LaunchTemplateId": {"Ref": "Template"},
        "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
    },
)
DIMENSIONS = [{"Name": "AutoScalingGroupName", "Value": "workers"}]


@pytest.fixture
def stacks(tmp_path):
    parts = (alarms, ec2, elbv2, autoscaling, cloudformation)
    with running(tmp_path, *parts, factor=60) as account:
        reset_moto()
        yield Stacks(account)
        reset_moto()


def policy(change):
    return resource(
        "AutoScaling::ScalingPolicy",
        AutoScalingGroupName={"Ref": "Group"},
        PolicyType="StepScaling",
        AdjustmentType="ChangeInCapacity",
        StepAdjustments=[{"MetricIntervalLowerBound": 0, "ScalingAdjustment": change}],
    )


def resources(stacks, change):
    image = AMI
    data = {"ImageId": image, "InstanceType": "t3.micro"}
    alarm = resource(
        "CloudWatch::Alarm",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=DIMENSIONS,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=70,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[{"Ref": "Out"}],
    )
    return {
        "Template": resource("EC2::LaunchTemplate", LaunchTemplateData=data),
        "Group": GROUP,
        "Out": policy(change),
        "Busy": alarm,
    }


def test_a_policy_is_made_changed_set_off_and_removed(stacks):
    aws = stacks.client("autoscaling")
    stacks.deploy(resources(stacks, 1))
    (first,) = aws.describe_policies()["ScalingPolicies"]
    assert stacks.physical_id("Out") == first["PolicyARN"]
    stacks.deploy(resources(stacks, 2))
    (told,) = aws.describe_policies()["ScalingPolicies"]
    assert told["PolicyName"] == first["PolicyName"]
    assert told["StepAdjustments"][0]["ScalingAdjustment"] == 2

    stacks.client("cloudwatch").put_metric_data(
        Namespace="AWS/EC2",
        MetricData=[{"MetricName": "CPUUtilization", "Dimensions": DIMENSIONS, "Value": 95}],
    )
    assert wanted_within(aws, 3, seconds=15)

    left = {name: it for name, it in resources(stacks, 2).items() if name in ("Template", "Group")}
    stacks.deploy(left)
    assert aws.describe_policies()["ScalingPolicies"] == []


def wanted_within(aws, capacity, seconds):
    """Wait until the group wants so many."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        (group,) = aws.describe_auto_scaling_groups()["AutoScalingGroups"]
        if group["DesiredCapacity"] == capacity:
            return True
        time.sleep(0.05)
    return False
