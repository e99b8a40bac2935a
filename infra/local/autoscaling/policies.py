"""Scaling policies that are executed: step scaling by the metric of the alarm, within the sizes.

Amazon EC2 Auto Scaling User Guide, "Step and simple scaling policies".
"""

import math
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeScalingPolicy
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from infra.local.account import Account
from infra.local.patching import replace

SIMPLE, STEP = "SimpleScaling", "StepScaling"


def install(account: Account) -> None:
    """Execute the scaling policies of this account's groups as on AWS, until it stops."""

    def put(response: Any) -> ActionResult:
        answer = plain_put(response)
        return ActionResult({"PolicyARN": answer.result["PolicyArn"]})

    # moto answers with another name than the API has.
    plain_put = replace(account, AutoScalingResponse, "put_scaling_policy", put)
    replace(account, FakeScalingPolicy, "policy_a_r_n", property(lambda policy: policy.arn))
    # moto knows no steps, and leaves the sizes of the group behind.
    replace(account, AutoScalingResponse, "execute_policy", _execute)


def _execute(response: Any) -> EmptyResult:
    backend, asked = response.autoscaling_backend, response._get_params()
    # CloudWatch names a policy by its ARN.
    name = str(asked["PolicyName"]).rpartition(":policyName/")[2]
    policy = backend.policies.get(name)
    if policy is None:
        raise ValidationError(f"Policy {name} does not exist.")
    if policy.policy_type not in (SIMPLE, STEP):
        raise ValidationError(f"A policy of type {policy.policy_type} cannot be executed.")
    group = backend.autoscaling_groups[policy.auto_scaling_group_name]
    beyond = float(asked.get("MetricValue", 0)) - float(asked.get("BreachThreshold", 0))
    now = group.desired_capacity or 0
    wanted = resized(now, policy.adjustment_type, adjustment(policy, beyond))
    within = min(max(wanted, group.min_size), group.max_size)
    if within != now:
        group.set_desired_capacity(within)
    return EmptyResult()


def adjustment(policy: Any, beyond: float) -> int:
    """Give what a policy adds where its metric is so far beyond the alarm's threshold."""
    if policy.policy_type == SIMPLE:
        return int(policy.scaling_adjustment)
    for step in policy.step_adjustments:
        lower = step.get("MetricIntervalLowerBound")
        upper = step.get("MetricIntervalUpperBound")
        low = -math.inf if lower is None else float(lower)
        high = math.inf if upper is None else float(upper)
        # A bound belongs to the step that is nearer to the threshold only where it is below it.
        inside = low < beyond <= high if high <= 0 else low <= beyond < high
        if inside:
            return int(step["ScalingAdjustment"])
    return 0


def resized(now: int, kind: str, change: int) -> int:
    """Give the capacity after a change; percentages are rounded away from no change at all."""
    if kind == "ExactCapacity":
        return change
    if kind == "ChangeInCapacity":
        return now + change
    exact = now * change / 100
    if 0 < abs(exact) < 1:
        return now + int(math.copysign(1, exact))
    return now + int(exact)
