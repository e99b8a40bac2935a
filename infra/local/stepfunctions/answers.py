"""What the Step Functions API answers, field by field."""

import json
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.exceptions import ExecutionDoesNotExist, InvalidToken, ResourceNotFound
from moto.stepfunctions.parser import api
from moto.stepfunctions.responses import StepFunctionResponse

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.executions import LocalExecution, find
from infra.local.stepfunctions.map_runs import Child, MapRun, find_map_run

MOST_EXECUTIONS = 1000
DEFAULT_EXECUTIONS = 100
MOST_EVENTS = 1000
DEFAULT_EVENTS = 100


def install(account: Account) -> None:
    """Answer the calls about executions completely."""
    for refusal in vars(api).values():
        # moto sends these errors without their code: SDKs see an error without a name.
        if isinstance(refusal, type) and issubclass(refusal, AWSError) and refusal is not AWSError:
            replace(account, refusal, "TYPE", refusal.TYPE or refusal.code)
    # moto tells no end of an execution that timed out, nor an output as it was written.
    replace(account, StepFunctionResponse, "describe_execution", describe_execution)
    replace(account, StepFunctionResponse, "list_executions", list_executions)
    # moto lists no children of a Map Run, and finds no run that a child made.
    replace(account, StepFunctionResponse, "describe_map_run", describe_map_run)
    # moto loses the error and the cause that the caller gave.
    replace(account, StepFunctionResponse, "stop_execution", stop_execution)
    replace(account, StepFunctionResponse, "send_task_failure", send_task_failure)
    # moto gives the whole history at once, a deep copy of it each time.
    replace(account, StepFunctionResponse, "get_execution_history", get_execution_history)


def _execution(request: Any) -> LocalExecution:
    arn = request._get_param("executionArn")
    execution = find(arn)
    if execution is None:
        raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
    return execution


def describe_execution(request: Any) -> ActionResult:
    """Answer DescribeExecution, of a running execution too."""
    execution = _execution(request)
    answer = _summary(execution) | {
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "error": execution.error,
        "cause": execution.cause,
    }
    answer.pop("itemCount", None)
    if execution.status == "SUCCEEDED":
        answer["output"] = json.dumps(execution.output, separators=(",", ":"))
        answer["outputDetails"] = {"included": True}
    return ActionResult({name: value for name, value in answer.items() if value is not None})


def list_executions(request: Any) -> ActionResult:
    """Answer ListExecutions of a state machine or of a Map Run, the newest first."""
    if request._get_param("mapRunArn"):
        return _list_children(request)
    found, token = request.stepfunction_backend.list_executions(
        request._get_param("stateMachineArn"),
        status_filter=request._get_param("statusFilter"),
        max_results=request._get_int_param("maxResults"),
        next_token=request._get_param("nextToken"),
    )
    return ActionResult({"executions": [_summary(each) for each in found], "nextToken": token})


def _list_children(request: Any) -> ActionResult:
    wanted = request._get_param("statusFilter")
    run = _map_run(request)
    found = [child for child in run.children if wanted in (None, child.status)][::-1]
    size = min(request._get_int_param("maxResults") or DEFAULT_EXECUTIONS, MOST_EXECUTIONS)
    start, known = _position(request._get_param("nextToken"), len(found))
    # Those that began since the first page stand before its first.
    page = found[len(found) - known + start :][:size]
    answer: dict[str, Any] = {"executions": [_summary(child) for child in page]}
    if start + size < known:
        answer["nextToken"] = f"{start + size}.{known}"
    return ActionResult(answer)


def describe_map_run(request: Any) -> ActionResult:
    """Answer DescribeMapRun, of a run inside a child too."""
    return ActionResult(_map_run(request).describe())


def _map_run(request: Any) -> MapRun:
    arn = request._get_param("mapRunArn")
    run = find_map_run(arn)
    if run is None:
        raise ResourceNotFound(arn)
    return run


def _summary(execution: Any) -> dict[str, Any]:
    summary = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
    }
    if isinstance(execution, Child):
        summary |= {"mapRunArn": execution.map_run.map_run_arn, "itemCount": execution.items}
    return summary | ({"stopDate": execution.stop_date} if execution.stop_date else {})


def stop_execution(request: Any) -> ActionResult:
    """Answer StopExecution when the execution has ended."""
    execution = _execution(request)
    execution.abort(request._get_param("error"), request._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def send_task_failure(request: Any) -> EmptyResult:
    """Answer SendTaskFailure, with the cause."""
    request.stepfunction_backend.send_task_failure(
        request._get_param("taskToken"),
        error=request._get_param("error"),
        cause=request._get_param("cause"),
    )
    return EmptyResult()


def get_execution_history(request: Any) -> ActionResult:
    """Answer GetExecutionHistory, by pages, of a running execution too."""
    execution = _execution(request)
    backwards = bool(request._get_param("reverseOrder"))
    size = min(request._get_int_param("maxResults") or DEFAULT_EVENTS, MOST_EVENTS)
    events = list(execution.history)
    start, known = _position(request._get_param("nextToken"), len(events))
    chosen = events[known - 1 :: -1] if backwards and known else events
    page = chosen[start : start + size]
    answer: dict[str, Any] = {"events": [_told(request, event) for event in page]}
    if start + size < len(chosen):
        answer["nextToken"] = f"{start + size}.{known}"
    return ActionResult(answer)


def _position(token: str | None, known: int) -> tuple[int, int]:
    """Read where a page starts, and how many events there were on the first page's call."""
    if not token:
        return 0, known
    try:
        start, known = (int(part) for part in token.split("."))
    except ValueError:
        raise InvalidToken() from None
    return start, known


def _told(request: Any, event: dict[str, Any]) -> dict[str, Any]:
    """Leave out inputs and outputs where the caller does not want them."""
    if request._get_param("includeExecutionData") is not False:
        return event
    hidden = ("input", "output", "parameters")
    return {
        field: {name: value for name, value in details.items() if name not in hidden}
        if isinstance(details, dict)
        else details
        for field, details in event.items()
    }
