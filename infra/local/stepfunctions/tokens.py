"""Answers to task tokens: each token is answered once, in time, or refused by name."""

from typing import Any

from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser.api import TaskTimedOut
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.executions import every_execution

GONE = "Task Timed Out: 'Provided task does not exist anymore'"


def install(account: Account) -> None:
    """Answer tokens as SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat do."""
    # moto looks for tokens in running executions only, takes a second answer for the first,
    # and cannot tell its own error for a late answer.
    replace(account, StepFunctionsParserBackend, "send_task_success", _success)
    replace(account, StepFunctionsParserBackend, "send_task_failure", _failure)
    replace(account, StepFunctionsParserBackend, "send_task_heartbeat", _heartbeat)


def _success(_backend: Any, task_token: str, outcome: str) -> None:
    _answer(task_token, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))


def _failure(
    _backend: Any, task_token: str, error: str | None = None, cause: str | None = None
) -> None:
    answer = CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause)
    _answer(task_token, answer)


def _heartbeat(_backend: Any, task_token: str) -> None:
    _waiting(task_token).notify_heartbeat()


def _answer(task_token: str, outcome: CallbackOutcome) -> None:
    _waiting(task_token).notify(outcome=outcome)


def _waiting(task_token: str) -> Any:
    """Find the task that waits for a token.

    Raises InvalidToken for one that was never given out, and TaskTimedOut where the task has
    its answer, ran out of time, or ended with its execution.
    """
    for execution in every_execution():
        worker: Any = execution.exec_worker
        endpoint = worker.env.callback_pool_manager.get(task_token) if worker else None
        if endpoint is None:
            continue
        answered = endpoint.get_outcome() is not None or endpoint.consumer_error is not None
        if answered or execution.status != "RUNNING":
            raise TaskTimedOut(GONE)
        return endpoint
    raise InvalidToken()
