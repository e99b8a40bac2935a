"""How many messages wait in the queues that alarms watch."""

from typing import Any

from moto.sqs.models import sqs_backends

from infra.local.account import ACCOUNT_ID

NAMESPACE = "AWS/SQS"
DEPTHS = {
    "ApproximateNumberOfMessagesVisible": "approximate_number_of_messages",
    "ApproximateNumberOfMessagesNotVisible": "approximate_number_of_messages_not_visible",
}


class Depths:
    """Puts a watched queue's depth into CloudWatch once per period of the alarm."""

    def __init__(self) -> None:
        self._measured: dict[str, float] = {}

    def measure(self, backend: Any, alarm: Any, now: float) -> None:
        """Measure the queue that an alarm watches, where it watches one."""
        if alarm.namespace != NAMESPACE or alarm.metric_name not in DEPTHS:
            return
        begun = now // int(alarm.period) * int(alarm.period)
        names = [one.value for one in alarm.dimensions if one.name == "QueueName"]
        queue = sqs_backends[ACCOUNT_ID][alarm.region_name].queues.get(names[0] if names else "")
        if queue is None or self._measured.get(alarm.alarm_arn, 0) >= begun:
            return
        self._measured[alarm.alarm_arn] = begun
        datum = {
            "MetricName": alarm.metric_name,
            "Dimensions": [{"Name": "QueueName", "Value": names[0]}],
            "Value": float(getattr(queue, DEPTHS[alarm.metric_name])),
            "Unit": "Count",
        }
        backend.put_metric_data(NAMESPACE, [datum])
