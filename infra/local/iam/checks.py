"""What a caller must be allowed for one operation: IAM actions on resources.

From the "Service Authorization Reference", which names the resources of each action; where
an action has no resource-level permission the resource is `*`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.iam import buckets, databases, fleets, functions, passing, tables, zones
from infra.local.iam.arns import Place
from infra.local.iam.operations import Operation, UnknownOperation
from infra.local.iam.stacks import of_stacks
from infra.local.iam.tags import tags_of

# Signing names that are not the prefix of the service's actions.
PREFIXES = {
    "email": "ses",
    "monitoring": "cloudwatch",
    "tagging": "tag",
}
# Every caller may ask who it is.
FREE = ("sts:GetCallerIdentity",)


@dataclass(frozen=True)
class Check:
    """One permission that an operation needs, and what conditions may ask about it."""

    action: str
    resource: str
    context: dict[str, str | list[str]] = field(default_factory=dict)


def checks(operation: Operation, place: Place) -> list[Check]:
    """List the permissions that an operation needs, all of them.

    Raises UnknownOperation where the parameters have not the shape that the operation takes.
    """
    try:
        return _checks(operation, place)
    except (AttributeError, KeyError, SyntaxError, TypeError, ValueError) as error:
        named = f"{operation.service}:{operation.name}"
        raise UnknownOperation(f"the parameters are not those of {named}") from error


def _checks(operation: Operation, place: Place) -> list[Check]:
    prefix = PREFIXES.get(operation.service, operation.service)
    own = f"{prefix}:{operation.name}"
    if own in FREE:
        return []
    found = SPECIAL.get(operation.service, _by_table)(operation, place)
    # An empty list in the request must not mean that nothing is asked.
    found = found or [(operation.name, "*")]
    context = _context(operation)
    needed = [
        Check(
            action if ":" in action else f"{prefix}:{action}",
            resource,
            {**context, **tags_of(resource, place)},
        )
        for action, resource in found
    ]
    for role, service in passing.passed_roles(operation):
        needed.append(Check("iam:PassRole", role, {"iam:passedtoservice": service}))
    return needed


def _by_table(operation: Operation, place: Place) -> list[tuple[str, str]]:
    for names, kind in RESOURCES.get(operation.service, ()):
        values = [value for name in names for value in operation.texts(name)]
        if values:
            return [(operation.name, _arn(value, operation, place, kind)) for value in values]
    return [(operation.name, "*")]


def _arn(value: str, operation: Operation, place: Place, kind: str) -> str:
    if value.startswith("arn:"):
        return value
    service = PREFIXES.get(operation.service, operation.service)
    return place.arn(service, kind.format(value))


def _context(operation: Operation) -> dict[str, str | list[str]]:
    given = {
        "s3:prefix": operation.text("prefix") if operation.service == "s3" else "",
        "cloudwatch:namespace": operation.text("Namespace"),
        "cloudformation:rolearn": operation.text("RoleARN"),
        "cloudformation:changesetname": operation.text("ChangeSetName"),
        "sts:externalid": operation.text("ExternalId"),
        "sts:rolesessionname": operation.text("RoleSessionName"),
    }
    prefix = PREFIXES.get(operation.service, operation.service)
    return {key: value for key, value in given.items() if value and key.startswith(prefix + ":")}


def _of_events(operation: Operation, place: Place) -> list[tuple[str, str]]:
    if operation.name == "PutEvents":
        entries = _dicts(operation.parameters.get("Entries"))
        buses = dict.fromkeys(entry.get("EventBusName") or "default" for entry in entries)
        return [(operation.name, place.arn_or("events", "event-bus/{}", bus)) for bus in buses]
    bus = operation.text("EventBusName").rpartition("/")[2]
    rule = operation.text("Rule") or (operation.text("Name") if "Rule" in operation.name else "")
    if rule:
        inside = f"{bus}/" if bus not in ("", "default") else ""
        return [(operation.name, place.arn("events", f"rule/{inside}{rule}"))]
    name = operation.text("ResourceARN", "EventBusName", "Name")
    return [(operation.name, place.arn_or("events", "event-bus/{}", name) if name else "*")]


def _of_logs(operation: Operation, place: Place) -> list[tuple[str, str]]:
    arn = operation.text("resourceArn", "logGroupIdentifier")
    group = operation.text("logGroupName", "logGroupNamePrefix")
    if arn.startswith("arn:"):
        return [(operation.name, arn)]
    if operation.name == "DescribeLogGroups" or not group:
        return [(operation.name, "*")]
    stream = operation.text("logStreamName")
    return [(operation.name, place.arn("logs", f"log-group:{group}:log-stream:{stream}"))]


def _of_scheduler(operation: Operation, place: Place) -> list[tuple[str, str]]:
    group = operation.text("GroupName", "groupName") or "default"
    name = operation.text("Name", "ResourceArn")
    if "ScheduleGroup" in operation.name:
        kind = "schedule-group/{}"
    else:
        kind = f"schedule/{group}/{{}}"
        name = name or "*"
    return [(operation.name, place.arn_or("scheduler", kind, name) if name else "*")]


def _of_queues(operation: Operation, place: Place) -> list[tuple[str, str]]:
    name = operation.text("QueueName") or operation.text("QueueUrl").rstrip("/").rpartition("/")[2]
    return [(operation.name, place.arn("sqs", name) if name else "*")]


def _of_iam(operation: Operation, place: Place) -> list[tuple[str, str]]:
    for name, kind in (("RoleName", "role"), ("UserName", "user"), ("GroupName", "group")):
        value = operation.text(name)
        if value:
            return [(operation.name, f"arn:{place.partition}:iam::{place.account}:{kind}/{value}")]
    # A policy, or whose policies are simulated.
    named = operation.text("PolicyArn") or operation.text("PolicySourceArn")
    return [(operation.name, named or "*")]


def _of_scalable_targets(operation: Operation, place: Place) -> list[tuple[str, str]]:
    looking = operation.name.startswith("Describe")
    # A target's own id is made by the service; no request names it.
    targets = place.arn("application-autoscaling", "scalable-target/*")
    return [(operation.name, "*" if looking else targets)]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


# Service -> parameters that name a resource, in order of preference, and how its ARN ends.
RESOURCES: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "monitoring": (
        (("AlarmName", "AlarmNames"), "alarm:{}"),
        (("ResourceARN",), "{}"),
        (("DashboardName", "DashboardNames"), "dashboard/{}"),
    ),
    "kms": ((("KeyId",), "key/{}"),),
    "rds-data": ((("resourceArn",), "{}"),),
    "secretsmanager": ((("SecretId",), "secret:{}"), (("Name",), "secret:{}-*")),
    "sns": (
        (("TopicArn", "TargetArn", "ResourceArn"), "{}"),
        (("SubscriptionArn",), "{}"),
        (("Name",), "{}"),
    ),
    "states": (
        (("stateMachineArn",), "{}"),
        (("executionArn",), "{}"),
        (("mapRunArn",), "{}"),
        (("activityArn",), "{}"),
        (("resourceArn",), "{}"),
        (("stateMachineAliasArn", "stateMachineVersionArn"), "{}"),
        (("name",), "stateMachine:{}"),
    ),
    "sts": ((("RoleArn",), "{}"),),
}
SPECIAL: dict[str, Callable[[Operation, Place], list[tuple[str, str]]]] = {
    "application-autoscaling": _of_scalable_targets,
    "autoscaling": fleets.of_groups,
    "cloudformation": of_stacks,
    "dynamodb": tables.of_tables,
    "ec2": fleets.of_instances,
    "elasticloadbalancing": fleets.of_balancers,
    "events": _of_events,
    "iam": _of_iam,
    "lambda": functions.of_functions,
    "logs": _of_logs,
    "rds": databases.of_databases,
    "route53": zones.of_zones,
    "s3": buckets.of_buckets,
    "scheduler": _of_scheduler,
    "sqs": _of_queues,
    "ssm": fleets.of_systems_manager,
}
