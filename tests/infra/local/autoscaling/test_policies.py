"""Scaling policies: what they add, and that they keep within the sizes of the group."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from fleets import AMI

from infra.local.autoscaling.policies import adjustment, resized

# Half a capacity more from 70 %, twice from 90 %; and one less from 30 % downwards.
OUT = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1},
    {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 2},
]
IN = [
    {"MetricIntervalUpperBound": -20, "ScalingAdjustment": -2},
    {"MetricIntervalLowerBound": -20, "MetricIntervalUpperBound": 0, "ScalingAdjustment": -1},
]


@pytest.fixture
def group(ec2, autoscaling):
    """Make a group of three with a policy for each direction; give how many it wants."""
    image = AMI
    ec2.create_launch_template(
        LaunchTemplateName="application",
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"},
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="application",
        MinSize=2,
        MaxSize=4,
        DesiredCapacity=3,
        AvailabilityZones=["us-east-1a"],
        LaunchTemplate={"LaunchTemplateName": "application", "Version": "1"},
    )

    def wanted():
        (told,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return told["DesiredCapacity"]

    return wanted


def put(autoscaling, name, **policy):
    reply = autoscaling.put_scaling_policy(
        AutoScalingGroupName="application", PolicyName=name, **policy
    )
    return reply["PolicyARN"]


def steps(autoscaling, name, adjustments):
    return put(
        autoscaling,
        name,
        PolicyType="StepScaling",
        AdjustmentType="ChangeInCapacity",
        StepAdjustments=adjustments,
    )


def execute(autoscaling, policy, **breach):
    autoscaling.execute_policy(
        AutoScalingGroupName="application", PolicyName=policy, HonorCooldown=False, **breach
    )


def test_a_policy_is_told_by_the_arn_that_made_it(group, autoscaling):
    arn = steps(autoscaling, "out", OUT)
    (told,) = autoscaling.describe_policies()["ScalingPolicies"]
    assert (told["PolicyARN"], told["PolicyName"]) == (arn, "out")


def test_a_step_is_taken_by_how_far_the_metric_is_beyond_the_threshold(group, autoscaling):
    policy = steps(autoscaling, "out", OUT)
    execute(autoscaling, policy, MetricValue=80, BreachThreshold=70)
    assert group() == 4


def test_the_largest_size_holds(group, autoscaling):
    policy = steps(autoscaling, "out", OUT)
    execute(autoscaling, policy, MetricValue=99, BreachThreshold=70)
    assert group() == 4


def test_the_least_size_holds(group, autoscaling):
    policy = steps(autoscaling, "in", IN)
    execute(autoscaling, policy, MetricValue=1, BreachThreshold=30)
    assert group() == 2


def test_a_simple_policy_needs_no_metric(group, autoscaling):
    policy = put(
        autoscaling,
        "one",
        PolicyType="SimpleScaling",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=-1,
    )
    execute(autoscaling, policy)
    assert group() == 2


def test_a_policy_that_is_not_there_is_refused(group, autoscaling):
    with pytest.raises(ClientError, match="does not exist"):
        execute(autoscaling, "nothing")


def test_target_tracking_is_executed_by_nobody(group, autoscaling):
    target = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 60.0,
    }
    policy = put(
        autoscaling,
        "keep",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=target,
    )
    with pytest.raises(ClientError, match="cannot be executed"):
        execute(autoscaling, policy)


@pytest.mark.parametrize(
    ("steps", "beyond", "change"),
    [
        (OUT, 0, 1),
        (OUT, 19.9, 1),
        (OUT, 20, 2),
        (OUT, -1, 0),
        (IN, 0, -1),
        (IN, -19.9, -1),
        (IN, -20, -2),
        (IN, 1, 0),
    ],
)
def test_the_step_that_counts(steps, beyond, change):
    policy = SimpleNamespace(policy_type="StepScaling", step_adjustments=steps)
    assert adjustment(policy, beyond) == change


@pytest.mark.parametrize(
    ("kind", "change", "wanted"),
    [
        ("ExactCapacity", 5, 5),
        ("ChangeInCapacity", -2, 8),
        ("PercentChangeInCapacity", 25, 12),
        ("PercentChangeInCapacity", -25, 8),
        ("PercentChangeInCapacity", 5, 11),
        ("PercentChangeInCapacity", -5, 9),
    ],
)
def test_what_ten_become(kind, change, wanted):
    assert resized(10, kind, change) == wanted
