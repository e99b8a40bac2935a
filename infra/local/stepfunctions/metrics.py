"""The metrics of executions: how many began and how they ended."""

from datetime import datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from infra.local.account import Account
from infra.local.stepfunctions.executions import LocalExecution, observers

# Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch".
NAMES = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def install(account: Account) -> None:
    """Count each execution that begins or ends, at the account's time."""

    def count(execution: LocalExecution) -> None:
        now = account.clock.now().replace(tzinfo=None)
        data = [_datum(execution, NAMES[execution.status], 1, "Count", now)]
        if execution.stop_date:
            taken = (execution.stop_date - execution.start_date).total_seconds() * 1000
            data.append(_datum(execution, "ExecutionTime", taken, "Milliseconds", now))
        backend = cloudwatch_backends[execution.account_id][execution.region_name]
        backend.put_metric_data("AWS/States", data)

    # moto puts no metrics of Step Functions, so that no alarm could watch a workflow.
    observers.append(count)
    account.on_stop(lambda: observers.remove(count))


def _datum(
    execution: LocalExecution, name: str, value: float, unit: str, now: datetime
) -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": "StateMachineArn", "Value": execution.state_machine_arn}],
        "Timestamp": now,
        "Value": value,
        "Unit": unit,
    }
