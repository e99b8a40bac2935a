"""Set an Auto Scaling group's least, desired and largest size, with a record of it."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks, store
from tasks.errors import GroupUnknown, TaskError, Unavailable
from tasks.runtime import client, iso, raising, setting, task

PERMISSIONS = {
    "autoscaling:DescribeAutoScalingGroups": "*",
    "autoscaling:UpdateAutoScalingGroup": (
        "arn:${AWS::Partition}:autoscaling:${AWS::Region}:${AWS::AccountId}"
        ":autoScalingGroup:*:autoScalingGroupName/${System}-*"
    ),
    "dynamodb:PutItem": "${AuditTable.Arn}",
    "dynamodb:UpdateItem": "${AuditTable.Arn}",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS: dict[str, type[TaskError]] = {
    "ScalingActivityInProgress": Unavailable,
    "ResourceContention": Unavailable,
}
FIELDS = {"min": "MinSize", "desired": "DesiredCapacity", "max": "MaxSize"}
Values = Mapping[str, Any]


@task
def handler(request: Any, context: Any) -> Any:
    return set_capacity(
        request["group"],
        request["capacity"],
        schedule=request["schedule"],
        execution=request["execution"],
        audit_table=setting("AUDIT_TABLE"),
        autoscaling=client("autoscaling", request["target"]),
        dynamodb=client("dynamodb"),
    )


def set_capacity(
    group: str,
    capacity: Values,
    *,
    schedule: str,
    execution: Values,
    audit_table: str,
    autoscaling: Any,
    dynamodb: Any,
) -> dict[str, Any]:
    """Give the group the capacity, and say what it had before.

    The record is begun before the change, so that a function that is killed in between
    leaves none unrecorded. Raises GroupUnknown, or Unavailable while the group is busy.
    """
    before = _capacity(group, autoscaling)
    changed = before != capacity
    key = {"id": group, "timestamp": execution["started_at"]}
    if changed:
        _begin(key, before, capacity, schedule, execution, audit_table, dynamodb)
        with raising(ERRORS, group):
            autoscaling.update_auto_scaling_group(
                AutoScalingGroupName=group,
                **{FIELDS[name]: size for name, size in capacity.items()},
            )
    _end(key, audit_table, dynamodb)
    return {"changed": changed, "before": before}


def _capacity(group: str, autoscaling: Any) -> dict[str, int]:
    with raising(ERRORS, group):
        found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    if not found["AutoScalingGroups"]:
        raise GroupUnknown(
            f"There is no Auto Scaling group {group} here. Correct instances.auto_scaling in the "
            "system's manifest, or the environment's Region."
        )
    described = found["AutoScalingGroups"][0]
    return {name: described[field] for name, field in FIELDS.items()}


def _begin(
    key: dict[str, str],
    before: Values,
    capacity: Values,
    schedule: str,
    execution: Values,
    table: str,
    dynamodb: Any,
) -> None:
    entry = {
        **key,
        "recorded_at": iso(),
        "who": f"schedule {schedule}",
        "why": f"schedule {schedule}",
        "what": "capacity",
        "on_what": key["id"],
        "from": _words(before),
        "to": _words(capacity),
        "outcome": "begun",
        "execution": execution["id"],
    }
    with raising({}, table):
        try:
            dynamodb.put_item(
                TableName=table,
                Item=store.to_item(entry),
                ConditionExpression="attribute_not_exists(id)",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return


def _end(key: dict[str, str], table: str, dynamodb: Any) -> None:
    """Write that the change was made, also one that an earlier delivery has begun."""
    with raising({}, table):
        try:
            dynamodb.update_item(
                TableName=table,
                Key=store.to_item(key),
                UpdateExpression="SET outcome = :outcome",
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues=store.to_item({":outcome": "succeeded"}),
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return


def _words(capacity: Values) -> str:
    return ", ".join(f"{name} {capacity[name]}" for name in FIELDS)
