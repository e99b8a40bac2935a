"""What CloudWatch's alarms say."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tasks.errors import TaskError
from tasks.runtime import iso, raising

# Composite alarms are not read: CloudWatch gives them only to those who may describe every
# alarm of the account (CloudWatch API Reference, "DescribeAlarms").
ALARM_ARN = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${System}-*"
ERRORS: dict[str, type[TaskError]] = {}
NAMES_PER_CALL = 100


class Alarm(NamedTuple):
    """An alarm's state (OK, ALARM, INSUFFICIENT_DATA), why, and since when."""

    name: str
    state: str
    reason: str
    since: str

    def __str__(self) -> str:
        return f"alarm {self.name} is {self.state} since {self.since}: {self.reason}"


def read(names: Iterable[str], cloudwatch: Any) -> dict[str, Alarm]:
    """Read the named metric alarms; those that do not exist are left out."""
    wanted = sorted(set(names))
    alarms: dict[str, Alarm] = {}
    for start in range(0, len(wanted), NAMES_PER_CALL):
        with raising(ERRORS, "alarms"):
            reply = cloudwatch.describe_alarms(
                AlarmNames=wanted[start : start + NAMES_PER_CALL], MaxRecords=NAMES_PER_CALL
            )
        for entry in reply["MetricAlarms"]:
            alarms[entry["AlarmName"]] = _alarm(entry)
    return alarms


def _alarm(entry: dict[str, Any]) -> Alarm:
    moment = entry.get("StateTransitionedTimestamp") or entry.get("StateUpdatedTimestamp")
    return Alarm(
        entry["AlarmName"],
        entry["StateValue"],
        entry.get("StateReason") or "no reason given",
        iso(moment) if moment else "an unknown time",
    )
