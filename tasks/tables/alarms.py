"""CloudWatch alarms on a table: a copy has its own, which call nobody."""

from collections.abc import Mapping
from typing import Any

from tasks.runtime import raising

NAMESPACE = "AWS/DynamoDB"
# Application Auto Scaling makes these itself with the policies of its targets.
OF_SCALING = "TargetTracking-"
# What makes an alarm what it is, apart from its name, its table and whom it calls.
FIELDS = (
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
)
_COPIES = "arn:${AWS::Partition}:cloudwatch:*:${AWS::AccountId}:alarm:drill-*"
LOOKS = {"cloudwatch:DescribeAlarms": "*"}
WRITES = {"cloudwatch:PutMetricAlarm": _COPIES}
REMOVES = {"cloudwatch:DeleteAlarms": _COPIES}

Alarm = dict[str, Any]


def of(table: str, cloudwatch: Any, prefix: str = "") -> dict[str, Alarm]:
    """Give the alarms of a table by the names that they would have without `prefix`."""
    named = {"AlarmNamePrefix": prefix} if prefix else {}
    with raising({}, f"alarms of {table}"):
        pages = cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmTypes=["MetricAlarm"], **named
        )
        return {
            alarm["AlarmName"].removeprefix(prefix): alarm
            for page in pages
            for alarm in page["MetricAlarms"]
            if is_of(table, alarm)
        }


def is_of(table: str, alarm: Mapping[str, Any]) -> bool:
    """Tell whether an alarm watches one metric of the table."""
    return (
        alarm.get("Namespace") == NAMESPACE
        and {"Name": "TableName", "Value": table} in alarm.get("Dimensions", [])
        and not alarm["AlarmName"].startswith(OF_SCALING)
    )


def prefix(copy: str) -> str:
    """Give what the names of a copy's alarms begin with."""
    return f"{copy}-alarm-"


def shape(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """Give what has to be the same in the copy's alarm."""
    return {name: alarm[name] for name in FIELDS if name in alarm}


def put(copy: str, name: str, source: Mapping[str, Any], cloudwatch: Any) -> None:
    """Make the alarm of a source in its copy; it turns red, and nobody is called."""
    dimensions = [
        {**one, "Value": copy} if one["Name"] == "TableName" else one
        for one in source["Dimensions"]
    ]
    full = (prefix(copy) + name)[:255]
    with raising({}, f"alarm {full}"):
        cloudwatch.put_metric_alarm(
            AlarmName=full, ActionsEnabled=False, Dimensions=dimensions, **shape(source)
        )


def remove(copy: str, cloudwatch: Any) -> None:
    """Delete the alarms of a copy."""
    found = of(copy, cloudwatch, prefix(copy))
    names = [alarm["AlarmName"] for alarm in found.values()]
    if names:
        with raising({}, f"alarms of {copy}"):
            cloudwatch.delete_alarms(AlarmNames=names)
