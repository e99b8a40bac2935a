"""Turn what modules say they may do into roles with no right beyond it."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from troposphere import Sub, iam

from infra.discovery import Conditions, Permissions, Workflow

TRACING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
SAMPLING = {"xray:GetSamplingRules", "xray:GetSamplingTargets"}
# Step Functions sets its own log delivery up; see "Logging using CloudWatch Logs" in its guide.
LOG_DELIVERY = {
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}
# Every action that may stand beside the resource "*": the Service Authorization Reference
# lists no resource type for them.
WITHOUT_RESOURCE = (
    TRACING
    | SAMPLING
    | LOG_DELIVERY
    | {
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingPolicies",
        "autoscaling:DescribeAutoScalingGroups",
        "cloudformation:ValidateTemplate",
        # Composite alarms are told only to who may describe every alarm of the account.
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:PutMetricData",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeInstanceRefreshes",
        "autoscaling:DescribeScheduledActions",
        "dynamodb:ListBackups",
        "ec2:DescribeIamInstanceProfileAssociations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeReplaceRootVolumeTasks",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSnapshots",
        "ec2:DescribeSpotInstanceRequests",
        "ec2:DescribeSubnets",
        "ec2:DescribeVolumes",
        "ec2:DescribeVpcs",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "route53:TestDNSAnswer",
        "ssm:CancelCommand",
        "ssm:CreateOpsItem",
        "ssm:DescribeInstanceInformation",
        "ssm:DescribeInstancePatchStates",
        "ssm:ListCommandInvocations",
        "ssm:ListCommands",
        "sts:GetCallerIdentity",
        "states:SendTaskFailure",
        "states:SendTaskHeartbeat",
        "states:SendTaskSuccess",
        "tag:GetResources",
    }
)


class TooBroad(Exception):
    """A permission on every resource, or for every action, that AWS could narrow."""


class Scope:
    """What `${…}` in a permission stands for: the operated systems and the state machines."""

    def __init__(self, systems: list[str], workflows: list[Workflow]) -> None:
        self.systems = systems
        self.machines = {workflow.logical_id: machine_arn(workflow) for workflow in workflows}

    def by_name(self, text: str) -> str:
        """Name state machines by their ARN instead of their logical id.

        A machine's role names its functions; a function or machine that names a machine by
        its logical id would close a circle, which CloudFormation refuses.
        """
        for logical_id, arn in self.machines.items():
            for reference in (f"${{{logical_id}}}", f"${{{logical_id}.Arn}}"):
                text = text.replace(reference, arn)
        return text

    def arns(self, resources: str | Iterable[str]) -> tuple[str, ...]:
        """Give the ARNs in Fn::Sub form, with one for each system where `${System}` stands."""
        given = [resources] if isinstance(resources, str) else list(resources)
        return tuple(
            sorted(
                {
                    self.by_name(arn).replace("${System}", system)
                    for arn in given
                    for system in (self.systems if "${System}" in arn else [""])
                }
            )
        )


def machine_arn(workflow: Workflow) -> str:
    """Give a state machine's ARN in Fn::Sub form."""
    return (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:"
        + workflow.machine
    )


def log_group_arn(name: str) -> str:
    """Give the ARN of all streams of a log group, in Fn::Sub form."""
    return f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}:*"


def statements(
    permissions: Permissions, scope: Scope, owner: str, conditions: Conditions | None = None
) -> list[dict[str, Any]]:
    """Write policy statements, one for each set of resources and conditions.

    Raises TooBroad for what could be narrower.
    """
    actions: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    for action, resources in permissions.items():
        arns = scope.arns(resources)
        if "*" in action or ("*" in arns and action not in WITHOUT_RESOURCE):
            raise TooBroad(
                f"{owner}: PERMISSIONS allow {action} on {', '.join(arns)}; name each action, "
                "and the resources' ARNs"
            )
        narrowed = (conditions or {}).get(action, {})
        actions[arns, json.dumps(narrowed, sort_keys=True)].add(action)
    return [
        allow(granted, arns, json.loads(condition))
        for (arns, condition), granted in sorted(actions.items())
    ]


def allow(
    actions: Iterable[str], arns: Iterable[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Write one statement that allows actions on ARNs in Fn::Sub form."""
    return {
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": [Sub(arn) if "${" in arn else arn for arn in arns],
        **({"Condition": condition} if condition else {}),
    }


def role(title: str, services: str | list[str], granted: list[dict[str, Any]]) -> iam.Role:
    """Make a role that the services can take for this account's resources only."""
    named = [services] if isinstance(services, str) else services
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in named]},
        "Action": "sts:AssumeRole",
    }
    if named != ["lambda"]:
        trust["Condition"] = {"StringEquals": {"aws:SourceAccount": Sub("${AWS::AccountId}")}}
    policy = {"Version": "2012-10-17", "Statement": granted}
    return iam.Role(
        title,
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]},
        Policies=[iam.Policy(PolicyName="permissions", PolicyDocument=policy)],
    )
