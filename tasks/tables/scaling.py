"""Auto scaling of a table's and its indexes' capacity: targets and their policies."""

from typing import Any

from tasks.errors import TaskError
from tasks.runtime import raising

NAMESPACE = "dynamodb"
_TARGETS = "arn:${AWS::Partition}:application-autoscaling:*:${AWS::AccountId}:scalable-target/*"
LOOKS = {
    "application-autoscaling:DescribeScalableTargets": "*",
    "application-autoscaling:DescribeScalingPolicies": "*",
}
WRITES: dict[str, str | list[str]] = {
    "application-autoscaling:RegisterScalableTarget": _TARGETS,
    "application-autoscaling:PutScalingPolicy": _TARGETS,
    # A policy's alarms are made with the caller's rights (Application Auto Scaling User Guide,
    # "Identity-based policy examples").
    "cloudwatch:PutMetricAlarm": (
        "arn:${AWS::Partition}:cloudwatch:*:${AWS::AccountId}:alarm:TargetTracking-table/drill-*"
    ),
}
REMOVES: dict[str, str | list[str]] = {
    "application-autoscaling:DeregisterScalableTarget": _TARGETS,
    "cloudwatch:DeleteAlarms": (
        "arn:${AWS::Partition}:cloudwatch:*:${AWS::AccountId}:alarm:TargetTracking-table/drill-*"
    ),
}
ERRORS: dict[str, type[TaskError]] = {}

# By what part of the table it is of, such as "index/by-state", and its dimension.
Scaling = dict[str, dict[str, Any]]


def of(table: str, autoscaling: Any) -> Scaling:
    """Give limits and policies of a table, by the part of it and the dimension."""
    found: Scaling = {}
    with raising(ERRORS, f"scaling of {table}"):
        pages = autoscaling.get_paginator("describe_scalable_targets").paginate(
            ServiceNamespace=NAMESPACE
        )
        for page in pages:
            for target in page["ScalableTargets"]:
                if is_of(table, target["ResourceId"]):
                    found[name(table, target)] = {
                        "target": target,
                        "policies": policies(target, autoscaling),
                    }
    return found


def policies(target: dict[str, Any], autoscaling: Any) -> list[dict[str, Any]]:
    pages = autoscaling.get_paginator("describe_scaling_policies").paginate(
        ServiceNamespace=NAMESPACE,
        ResourceId=target["ResourceId"],
        ScalableDimension=target["ScalableDimension"],
    )
    return [
        policy
        for page in pages
        for policy in page["ScalingPolicies"]
        if policy["PolicyType"] == "TargetTrackingScaling"
    ]


def is_of(table: str, resource: str) -> bool:
    """Tell whether a resource id is the table's or one of its indexes'."""
    return resource == f"table/{table}" or resource.startswith(f"table/{table}/")


def name(table: str, target: dict[str, Any]) -> str:
    """Name a target without its table: "index/by-state dynamodb:index:ReadCapacityUnits"."""
    part = target["ResourceId"].removeprefix(f"table/{table}").strip("/")
    return f"{part} {target['ScalableDimension']}".strip()


def shape(entry: dict[str, Any]) -> dict[str, Any]:
    """Give what has to be the same in the copy."""
    return {
        "from": entry["target"]["MinCapacity"],
        "to": entry["target"]["MaxCapacity"],
        "policies": sorted(
            float(policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"])
            for policy in entry["policies"]
        ),
    }


def put(copy: str, table: str, entry: dict[str, Any], autoscaling: Any) -> None:
    """Give the copy the limits and policies that a part of its source has."""
    target = entry["target"]
    where = {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": target["ResourceId"].replace(f"table/{table}", f"table/{copy}", 1),
        "ScalableDimension": target["ScalableDimension"],
    }
    with raising(ERRORS, f"scaling of {copy}"):
        autoscaling.register_scalable_target(
            **where, MinCapacity=target["MinCapacity"], MaxCapacity=target["MaxCapacity"]
        )
        for policy in entry["policies"]:
            autoscaling.put_scaling_policy(
                **where,
                PolicyName=policy["PolicyName"].replace(table, copy)[:256],
                PolicyType=policy["PolicyType"],
                TargetTrackingScalingPolicyConfiguration=policy[
                    "TargetTrackingScalingPolicyConfiguration"
                ],
            )


def remove(copy: str, autoscaling: Any) -> None:
    """Take the copy's targets away, and their policies and alarms with them."""
    for entry in of(copy, autoscaling).values():
        target = entry["target"]
        with raising(ERRORS, f"scaling of {copy}"):
            autoscaling.deregister_scalable_target(
                ServiceNamespace=NAMESPACE,
                ResourceId=target["ResourceId"],
                ScalableDimension=target["ScalableDimension"],
            )
