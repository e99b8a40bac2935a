"""How tables scale: what is registered, and what goes with it."""

import boto3
import pytest
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto_source import still_says

REGISTER = ApplicationAutoscalingBackend.register_scalable_target
DEREGISTER = ApplicationAutoscalingBackend.deregister_scalable_target
TARGET = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/source",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
}
POLICY = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "DynamoDBReadCapacityUtilization",
    },
}


@pytest.fixture
def scaling(desk):
    desk.create(pitr=False)
    return boto3.client("application-autoscaling", region_name="us-east-1")


def targets(scaling):
    return scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]


def test_policies_go_with_their_target(scaling):
    scaling.register_scalable_target(**TARGET, MinCapacity=5, MaxCapacity=50)
    scaling.put_scaling_policy(
        **TARGET,
        PolicyName="reads",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=POLICY,
    )
    scaling.deregister_scalable_target(**TARGET)
    assert targets(scaling) == []
    found = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")
    assert found["ScalingPolicies"] == []


def test_only_a_table_that_is_there_is_registered(scaling, refused):
    other = {**TARGET, "ResourceId": "table/other"}
    code = refused(scaling.register_scalable_target, **other, MinCapacity=1, MaxCapacity=2)
    assert code == "ValidationException"


def test_a_target_is_forgotten_in_bad_weather_only(desk, scaling):
    desk.weather.add("setting_lost", types="scaling", ids="source", times=1)
    for expected in (0, 1):
        scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)
        assert len(targets(scaling)) == expected


def test_moto_still_registers_anything_and_keeps_policies():
    assert not still_says(REGISTER, "dynamodb")
    assert not still_says(DEREGISTER, "policies")
