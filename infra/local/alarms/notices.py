"""What an alarm tells when its state changes: its actions, and the default event bus."""

import json
from datetime import UTC, datetime
from typing import Any

from infra.local.account import ACCOUNT_ID
from infra.local.delivery import Deliveries
from infra.local.events.bus import publish
from infra.local.targets import Delivery

# Names of Regions as CloudWatch writes them into mails; others appear by their code.
REGION_NAMES = {"us-east-1": "US East (N. Virginia)", "eu-west-1": "EU (Ireland)"}
ACTIONS = {
    "ALARM": "alarm_actions",
    "OK": "ok_actions",
    "INSUFFICIENT_DATA": "insufficient_data_actions",
}


def tell(deliveries: Deliveries, alarm: Any, before: dict[str, Any]) -> None:
    """Notify topics and functions of the new state, scale groups, and put the event."""
    region = alarm.region_name
    detail = _detail(alarm, before)
    publish("aws.cloudwatch", "CloudWatch Alarm State Change", [alarm.alarm_arn], detail, region)
    if not alarm.actions_enabled:
        return
    for arn in getattr(alarm, ACTIONS[alarm.state_value]) or []:
        service = arn.split(":")[2]
        if service == "sns":
            place = REGION_NAMES.get(region, region)
            subject = f'{alarm.state_value}: "{alarm.name}" in {place}'
            message = json.dumps(_message(alarm, before, place))
            deliveries.put(Delivery(arn, message, parameters={"Subject": subject[:100]}))
        elif service == "lambda":
            deliveries.put(Delivery(arn, json.dumps(_invocation(alarm, detail))))
        elif service == "autoscaling":
            deliveries.put(Delivery(arn, json.dumps(_breach(alarm))))


def state_of(alarm: Any) -> dict[str, Any]:
    """Describe the state that an alarm is in, as the state-change event does."""
    when = alarm.state_updated_timestamp.replace(tzinfo=UTC)
    return {
        "value": alarm.state_value,
        "reason": alarm.state_reason,
        "reasonData": alarm.state_reason_data,
        "timestamp": _stamp(when),
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _detail(alarm: Any, before: dict[str, Any]) -> dict[str, Any]:
    configuration: dict[str, Any] = {"description": alarm.description}
    if alarm.rule:
        configuration["alarmRule"] = alarm.rule
    elif alarm.metric_name:
        dimensions = {one.name: one.value for one in alarm.dimensions}
        metric = {
            "namespace": alarm.namespace,
            "name": alarm.metric_name,
            "dimensions": dimensions,
        }
        stat = {
            "metric": metric,
            "period": int(alarm.period),
            "stat": alarm.statistic or alarm.extended_statistic,
        }
        configuration["metrics"] = [{"id": "m1", "metricStat": stat, "returnData": True}]
    return {
        "alarmName": alarm.name,
        "state": state_of(alarm),
        "previousState": before,
        "configuration": configuration,
    }


def _message(alarm: Any, before: dict[str, Any], place: str) -> dict[str, Any]:
    changed = alarm.configuration_updated_timestamp.replace(tzinfo=UTC)
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT_ID,
        "AlarmConfigurationUpdatedTimestamp": _stamp(changed),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": state_of(alarm)["timestamp"],
        "Region": place,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before["value"],
        "OKActions": alarm.ok_actions or [],
        "AlarmActions": alarm.alarm_actions or [],
        "InsufficientDataActions": alarm.insufficient_data_actions or [],
        "Trigger": {"AlarmRule": alarm.rule} if alarm.rule else _trigger(alarm),
    }


def _trigger(alarm: Any) -> dict[str, Any]:
    statistic = alarm.statistic or alarm.extended_statistic
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic" if alarm.statistic else "ExtendedStatistic",
        "Statistic": statistic.upper() if alarm.statistic else statistic,
        "Unit": alarm.unit,
        "Dimensions": [{"value": one.value, "name": one.name} for one in alarm.dimensions],
        "Period": int(alarm.period or 0),
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "DatapointsToAlarm": int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }


def _breach(alarm: Any) -> dict[str, float]:
    """Tell a scaling policy how far the metric was from the threshold."""
    seen = json.loads(alarm.state_reason_data or "{}").get("recentDatapoints") or [alarm.threshold]
    return {"MetricValue": float(seen[-1]), "BreachThreshold": float(alarm.threshold)}


def _invocation(alarm: Any, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": ACCOUNT_ID,
        "time": detail["state"]["timestamp"],
        "region": alarm.region_name,
        "alarmData": detail,
    }
