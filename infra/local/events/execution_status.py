"""Status changes of executions, as events on the default bus."""

import json
from datetime import datetime
from typing import Any

from infra.local.account import Account
from infra.local.events.bus import publish
from infra.local.stepfunctions.executions import LocalExecution, observers

# Developer Guide, "Step Functions service events": larger inputs and outputs are left out.
MOST_DATA_BYTES = 248 * 1024


def install(account: Account) -> None:
    """Tell the default bus about each execution that begins or ends."""
    observers.append(tell)
    account.on_stop(lambda: observers.remove(tell))


def tell(execution: LocalExecution) -> None:
    """Publish `Step Functions Execution Status Change` for the status that an execution has now."""
    publish(
        "aws.states",
        "Step Functions Execution Status Change",
        [execution.execution_arn],
        detail(execution),
        execution.region_name,
    )


def detail(execution: LocalExecution) -> dict[str, Any]:
    """Write the event's detail: times in milliseconds, absent fields null."""
    output = None
    if execution.status == "SUCCEEDED":
        output = json.dumps(execution.output, separators=(",", ":"))
    told_input, input_details = _data(execution.execution_input)
    told_output, output_details = _data(output)
    return {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "input": told_input,
        "inputDetails": input_details,
        "output": told_output,
        "outputDetails": output_details,
        "error": execution.error,
        "cause": execution.cause,
    }


def _data(text: str | None) -> tuple[str | None, dict[str, bool] | None]:
    if text is None:
        return None, None
    included = len(text.encode()) <= MOST_DATA_BYTES
    return (text if included else None), {"included": included}


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
