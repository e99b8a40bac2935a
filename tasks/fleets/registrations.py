"""Which target groups instances are registered in."""

from collections.abc import Collection, Mapping
from typing import Any

from tasks.errors import TaskError
from tasks.runtime import raising

# What looking takes.
PERMISSIONS = {
    "elasticloadbalancing:DescribeTargetGroups": "*",
    "elasticloadbalancing:DescribeTargetHealth": "*",
}
# A target group that was deleted since it was listed.
ERRORS: dict[str, type[TaskError]] = {}
GONE = "TargetGroupNotFound"

# Actions around which instances leave their load balancers or are seen to serve again.
CONCERNED = frozenset(
    {"start", "stop", "hibernate", "reboot", "resize", "replace", "patch", "terminate", "isolate"}
)

Registrations = dict[str, list[dict[str, Any]]]


def concerned(action: str, options: Mapping[str, Any]) -> bool:
    """Tell whether an operation has to do with load balancers; isolation always has."""
    return action in CONCERNED and (options["drain"] or action == "isolate")


def of_instances(ids: Collection[str], vpcs: Collection[str], elbv2: Any) -> Registrations:
    """Give, by instance id, the ARN and port of each registration that a load balancer uses.

    Instances are registered in target groups of their own VPC; whoever is being deregistered
    already is not among them.
    """
    wanted = set(ids)
    found: Registrations = {}
    for group in _groups(vpcs, elbv2):
        for target in _targets(group, elbv2):
            instance_id = target["Target"]["Id"]
            if instance_id in wanted and target["TargetHealth"]["State"] != "draining":
                place = {"arn": group, "port": target["Target"]["Port"]}
                found.setdefault(instance_id, []).append(place)
    return found


def _groups(vpcs: Collection[str], elbv2: Any) -> list[str]:
    with raising(ERRORS, "target groups"):
        return [
            group["TargetGroupArn"]
            for page in elbv2.get_paginator("describe_target_groups").paginate()
            for group in page["TargetGroups"]
            if group.get("TargetType") == "instance"
            and group.get("VpcId") in vpcs
            and group["LoadBalancerArns"]
        ]


def _targets(group: str, elbv2: Any) -> list[dict[str, Any]]:
    from botocore.exceptions import ClientError

    with raising(ERRORS, group):
        try:
            reply = elbv2.describe_target_health(TargetGroupArn=group)
        except ClientError as error:
            if error.response["Error"]["Code"] == GONE:
                return []
            raise
    described: list[dict[str, Any]] = reply["TargetHealthDescriptions"]
    return described
