"""Execution events in CloudWatch Logs, where a state machine's configuration asks for them."""

import json
import time
from typing import Any

from moto.logs.models import logs_backends
from moto.stepfunctions.parser.asl.eval.event.logging import (
    CloudWatchLoggingConfiguration,
    CloudWatchLoggingSession,
)


def session_for(machine: Any, execution_arn: str) -> CloudWatchLoggingSession | None:
    """Make what writes an execution's events to its machine's log group, None where it has none."""
    wanted = {"includeExecutionData": False, **(machine.loggingConfiguration or {})}
    configuration = CloudWatchLoggingConfiguration.from_logging_configuration(
        machine.arn,
        wanted,  # type: ignore[arg-type]
    )
    return None if configuration is None else Session(execution_arn, configuration)


class Session(CloudWatchLoggingSession):
    """moto's session cannot write: it reads a time from a text, and misses errors of its own."""

    def publish_history_log(self, history_log: Any) -> None:
        """Write one event; a log group that is gone loses it, as on AWS."""
        place = self.configuration
        backend = logs_backends[place.log_account_id][place.log_region]
        group = backend.groups.get(place.log_group_name)
        if group is None:
            return
        name, execution = self.execution_arn.split(":")[6:8]
        stream = f"states/{name}/{execution}"
        if stream not in group.streams:
            backend.create_log_stream(place.log_group_name, stream)
        event = {"timestamp": int(time.time() * 1000), "message": self._message(history_log)}
        backend.put_log_events(place.log_group_name, stream, [event])

    def _message(self, history_log: Any) -> str:
        """Write an event as Step Functions does ("Using CloudWatch Logs to log history")."""
        told = {
            "id": history_log["id"],
            "type": history_log["type"],
            "details": history_log.get("details", {}),
            "previous_event_id": history_log["previous_event_id"],
            "event_timestamp": str(int(time.time() * 1000)),
            "execution_arn": self.execution_arn,
        }
        return json.dumps(told, default=str)
