"""Whether a drill may go on: nobody has stopped it, and none of its stop alarms is red."""

from collections.abc import Mapping
from typing import Any

from tasks import stacks, store
from tasks.errors import DrillStopped
from tasks.runtime import client, raising, setting

# What each task that acts for a drill needs to ask first.
PERMISSIONS = {
    "dynamodb:GetItem": "${StateTable.Arn}",
    "cloudwatch:DescribeAlarms": "*",
    "sts:AssumeRole": stacks.TARGET_ROLES,
}


def ask(drill: Mapping[str, Any]) -> None:
    """Ask with the function's own clients; raises DrillStopped."""
    target = drill["target"]["target"]
    stand(drill, setting("STATE_TABLE"), client("dynamodb"), lambda: client("cloudwatch", target))


def stand(drill: Mapping[str, Any], table: str, dynamodb: Any, cloudwatch: Any) -> None:
    """Raise DrillStopped where `daytwo drill stop` was said or a stop alarm is red.

    `cloudwatch` gives the client, which is made only where there are stop alarms. An alarm
    that does not exist cannot stop anything, so it stops the drill at once.
    """
    with raising({}, table):
        record = dynamodb.get_item(
            TableName=table, Key=store.to_item(store.drill(drill["id"])), ConsistentRead=True
        )
    stopped = store.from_item(record.get("Item", {})).get("stop", "")
    if stopped:
        raise DrillStopped(f"The drill was stopped: {stopped}")
    names = list(drill["stop_alarms"])
    if not names:
        return
    with raising({}, "stop alarms"):
        reply = cloudwatch().describe_alarms(
            AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
    alarms = {alarm["AlarmName"]: alarm for alarm in reply["MetricAlarms"]}
    alarms |= {alarm["AlarmName"]: alarm for alarm in reply.get("CompositeAlarms", [])}
    missing = [name for name in names if name not in alarms]
    if missing:
        raise DrillStopped(
            f"There is no stop alarm {', '.join(missing)}: correct stop_alarms in the manifest"
        )
    red = [name for name in names if alarms[name]["StateValue"] == "ALARM"]
    if red:
        raise DrillStopped(f"The stop alarm {', '.join(red)} is red")
