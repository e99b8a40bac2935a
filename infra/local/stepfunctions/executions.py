"""Executions: started, stopped and remembered as Step Functions does."""

import copy
import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions import exceptions
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.evaluation_details import EvaluationDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import (
    StepFunctionsParserBackend,
    stepfunctions_parser_backends,
)

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.logs import session_for
from infra.local.stepfunctions.waiting import Signal

# Step Functions quotas: "Maximum input or result data size for a task, state or execution".
MOST_INPUT_BYTES = 262_144
# The same page: "Maximum execution history size".
MOST_EVENTS = 25_000
FULL = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
# How long StopExecution waits for the execution's end, in seconds.
STOP_SECONDS = 5.0

_starting = threading.Lock()
# Called with each execution that began or ended.
observers: list[Callable[["LocalExecution"], None]] = []


class LocalExecution(Execution):
    """An execution that tells its observers when it begins and ends."""

    # What to run instead of the state machine's definition: a Map's part of it.
    program: Any = None

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.ended = Signal()

    def _get_start_execution_worker_comm(self) -> BaseExecutionWorkerCommunication:
        return _Ending(self)

    def _get_start_execution_worker(self) -> ExecutionWorker:
        details = EvaluationDetails(
            aws_execution_details=self._get_start_aws_execution_details(),
            execution_details=self.get_start_execution_details(),
            state_machine_details=self.get_start_state_machine_details(),
        )
        session = self._cloud_watch_logging_session
        worker = _Worker(details, self._get_start_execution_worker_comm(), session, {})
        worker.program = self.program
        return worker

    def abort(self, error: str | None, cause: str | None) -> None:
        """End as ABORTED, with the error and cause that the caller gave; wait for the end."""
        if not self.ended.is_set():
            self.tell_to_stop(error, cause)
            self.ended.wait(STOP_SECONDS)

    def tell_to_stop(self, error: str | None, cause: str | None) -> None:
        """Begin to end as ABORTED, without waiting for the end."""
        worker: Any = self.exec_worker
        if worker:
            worker.env.set_stop(stop_date=datetime.now(UTC), error=error, cause=cause)

    def changed(self) -> None:
        """Tell the observers that this execution began or ended."""
        for observer in list(observers):
            observer(self)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The events until now, oldest first; they are only ever added to."""
        worker: Any = self.exec_worker
        return worker.env.event_manager._history_event_list if worker else []

    @property
    def children(self) -> list["LocalExecution"]:
        """The child executions of this execution's distributed Maps, in the order of the items."""
        worker: Any = self.exec_worker
        runs = worker.env.map_run_record_pool_manager.get_all() if worker else []
        return [child for run in runs for child in list(run.children)]


class _History(EventManager):
    """A history that ends its execution when it is full."""

    def __init__(self, env: Any) -> None:
        super().__init__(env.cloud_watch_logging_session)
        self._env = env

    def add_event(self, *args: Any, **kwargs: Any) -> int:
        """Write an event; the one that fills the history fails the execution."""
        event_id = super().add_event(*args, **kwargs)
        if event_id == MOST_EVENTS - 1:
            self._env.set_error({"error": "States.Runtime", "cause": FULL})
        return event_id


class _Worker(ExecutionWorker):
    """moto makes the environment in the thread: until then a token or a history has no home."""

    program: Any = None

    def __init__(self, *details: Any) -> None:
        super().__init__(*details)
        self.env = super()._get_evaluation_environment()
        self.env.event_manager = _History(self.env)
        self.env.next_state_name = "not begun"

    def _get_evaluation_environment(self) -> Any:
        return self.env

    def _get_evaluation_entrypoint(self) -> Any:
        return self.program or super()._get_evaluation_entrypoint()


class _Ending(BaseExecutionWorkerCommunication):
    execution: LocalExecution

    def terminated(self) -> None:
        """Take over the outcome, and wake all that wait for this execution's end."""
        super().terminated()
        worker: Any = self.execution.exec_worker
        state = worker.env.program_state()
        if isinstance(state, ProgramStopped):
            self.execution.error, self.execution.cause = state.error, state.cause
        self.execution.changed()
        self.execution.ended.set()


def find(execution_arn: str) -> LocalExecution | None:
    """Find an execution by its ARN; None where no such execution is known."""
    parts = execution_arn.split(":")
    if len(parts) < 8:
        return None
    backend = stepfunctions_parser_backends[parts[4]][parts[3]]
    name, *label = parts[6].split("/")
    for machine in backend.state_machines:
        if machine.name == name:
            for execution in with_children(machine.executions) if label else machine.executions:
                if execution.execution_arn == execution_arn:
                    return execution  # type: ignore[return-value]
    return None


def every_execution() -> list[LocalExecution]:
    """List the executions of all state machines in all accounts, children included."""
    return [
        execution
        for regions in stepfunctions_parser_backends.values()
        for backend in regions.values()
        for machine in backend.state_machines
        for execution in with_children(machine.executions)
    ]


def with_children(executions: Iterable[Any]) -> Iterator[LocalExecution]:
    """Give each execution, followed by the children of its distributed Maps and theirs."""
    for execution in list(executions):
        yield execution
        yield from with_children(execution.children)


def start(
    backend: Any,
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str | None = None,
    trace_header: str | None = None,
) -> LocalExecution:
    """Start an execution as StartExecution does.

    Raises ValidationException for an input of more than 262,144 bytes, InvalidExecutionInput
    for one that is no JSON, and ExecutionAlreadyExists for a name that was used, unless that
    execution still runs with the same input: then that one is given.
    """
    document = "{}" if execution_input is None else execution_input
    _check_input(document)
    if name:
        backend._validate_name(name)
    machine = backend.describe_state_machine(state_machine_arn)
    with _starting:
        known = machine._handle_name_input_idempotency(name, document) if name else None
        if known is not None:
            return known
        execution = _make(backend, machine, name or str(uuid.uuid4()), document, trace_header)
        machine.executions.append(execution)
    execution.exec_status = ExecutionStatus.RUNNING
    execution.changed()
    execution.start()
    return execution


def _check_input(document: str) -> None:
    size = len(document.encode())
    if size > MOST_INPUT_BYTES:
        raise exceptions.ValidationException(
            f"1 validation error detected: Value of {size} bytes at 'input' failed to satisfy "
            f"constraint: Member must have length less than or equal to {MOST_INPUT_BYTES}"
        )
    try:
        json.loads(document)
    except ValueError as error:
        raise exceptions.InvalidExecutionInput(
            f"Invalid State Machine Execution Input: '{error}'"
        ) from error


def _make(
    backend: Any, machine: Any, name: str, document: str, trace_header: str | None
) -> LocalExecution:
    partition = machine.arn.split(":")[1]
    place = f"{backend.region_name}:{backend.account_id}"
    arn = f"arn:{partition}:states:{place}:execution:{machine.name}:{name}"
    return LocalExecution(
        name=name,
        sm_type=machine.sm_type,
        role_arn=machine.roleArn,
        exec_arn=arn,
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=copy.copy(machine),
        start_date=datetime.now(UTC),
        cloud_watch_logging_session=session_for(machine, arn),
        input_data=document,
        trace_header=trace_header,
        activity_store={},
    )


def stop_all() -> None:
    """End each execution that runs, and wait for the end."""
    running = [execution for execution in every_execution() if not execution.ended.is_set()]
    for execution in running:
        worker: Any = execution.exec_worker
        if worker:
            worker.env.set_stop(datetime.now(UTC), cause="The account stopped.", error=None)
            execution.ended.wait(STOP_SECONDS)


def install(account: Account) -> None:
    """Start executions as AWS does, all in the one backend whose machines execute."""
    from moto.core.config import default_user_config

    settings = default_user_config["stepfunctions"]
    before = settings["execute_state_machine"]
    settings["execute_state_machine"] = True
    account.on_stop(lambda: settings.__setitem__("execute_state_machine", before))
    # moto names executions without a name "None", and copies the machine with all its past.
    replace(account, StepFunctionsParserBackend, "start_execution", start)
    account.on_stop(stop_all)
