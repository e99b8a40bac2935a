"""Map states in distributed mode: a child execution for each item, as many as are asked for."""

import logging
from collections.abc import Iterator
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType, MapRunStatus
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map import state_map
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (  # noqa: E501
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.parse import preprocessor

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.batcher import batches
from infra.local.stepfunctions.language import copy_json
from infra.local.stepfunctions.map_runs import MapRun

# The children's inputs, each with the number of items in it.
Documents = Iterator[tuple[Any, int]]
EXCEEDED = "States.ExceedToleratedFailureThreshold"
EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"
STOPPED_CAUSE = "The Map Run that started this execution was stopped."


def install(account: Account) -> None:
    """Run distributed Maps as Step Functions does."""
    # moto runs children inside their parent (its context, its history, threads for all items),
    # tolerates every failure, and leaves children running when their parent is stopped.
    replace(account, DistributedIterationComponent, "_eval_body", run_map)
    replace(account, state_map, "MapRunRecord", MapRun)
    # moto warns that tolerated failures have no effect, which they have here.
    preprocessor.LOG.addFilter(_is_no_empty_warning)


def _is_no_empty_warning(record: logging.LogRecord) -> bool:
    return "ToleratedFailure" not in record.getMessage()


def may_start(_role_arn: str, _machine_arn: str) -> bool:
    """Tell whether a machine's role may start children; without IAM each may, IAM replaces this."""
    return True


def run_map(component: Any, env: Any) -> None:
    """Run a child execution for each item, and push the list of their outputs.

    Fails with `States.Permissions` where the machine's role may not start its children (Developer
    Guide, "IAM policies for using Distributed Map states"), with `States.ItemReaderFailed` where
    the items cannot be read, and with `States.ExceedToleratedFailureThreshold` as soon as more
    children failed than are tolerated: then those that still run are stopped, and those that
    wait never start.
    """
    asked = env.stack.pop()
    run: MapRun = asked.map_run_record
    env.heap["map_run"] = run
    _tell(env, HistoryEventType.MapRunStarted, mapRunArn=run.map_run_arn)
    try:
        _check_rights(env)
        items = _read_items(asked, env)
        given = env.stack[-1]
        inputs = list(_inputs(asked, items, given, env))
        batcher = getattr(component, "item_batcher", None)
        documents = [(document, 1) for document in inputs]
        if batcher is not None:
            documents = batches(inputs, payload(batcher, given, env))
        run.expect(len(documents), len(items))
        _work_through(run, component._get_iteration_program(), iter(documents), env)
    except FailureEventException as failure:
        error, cause = failure.extract_error_cause_pair() or (None, None)
        run.set_stop(MapRunStatus.FAILED)
        _tell(env, HistoryEventType.MapRunFailed, error=error, cause=cause)
        raise
    if env.is_running():
        run.set_stop(MapRunStatus.SUCCEEDED)
        _tell(env, HistoryEventType.MapRunSucceeded)
    else:
        run.set_stop(MapRunStatus.ABORTED)
    env.stack.append([copy_json(child.output) for child in run.children])


def _check_rights(env: Any) -> None:
    role = env.aws_execution_details.role_arn
    machine = env.states.context_object.context_object_data["StateMachine"]["Id"].split("/")[0]
    if not may_start(role, machine):
        raise failed(
            env,
            "States.Permissions",
            f"{role} is not authorized to perform: states:StartExecution on resource: {machine}, "
            "which a distributed Map does for each of its children",
        )


def _read_items(asked: Any, env: Any) -> list[Any]:
    if asked.item_reader is None:
        return asked.input_items
    try:
        asked.item_reader.eval(env=env)
        return env.stack.pop()
    except FailureEventException:
        raise
    except Exception as refusal:
        # moto calls what S3 refuses, or what is no JSON, States.Runtime.
        raise failed(env, "States.ItemReaderFailed", str(refusal)) from refusal


def _inputs(asked: Any, items: list[Any], given: Any, env: Any) -> Iterator[Any]:
    """Give each child's input: the item, or what ItemSelector makes of it and the Map's input."""
    selector = asked.item_selector or asked.parameters
    for index, item in enumerate(items):
        here = {"Item": {"Index": index, "Value": item}}
        yield item if selector is None else payload(selector, given, env, Map=here)


def payload(template: Any, given: Any, env: Any, **context: Any) -> Any:
    """Fill in a payload template from the Map's input and a context object with more in it."""
    frame = env.open_inner_frame()
    frame.states.context_object.context_object_data.update(context)
    frame.states.reset(input_value=given)
    frame.stack = [given]
    try:
        template.eval(frame)
    finally:
        env.delete_frame(frame)
    return frame.stack[-1]


def _work_through(run: MapRun, program: Any, documents: Documents, env: Any) -> None:
    bell = run.update_event
    waiting = True
    with env.program_state_event.waking(bell):
        while env.is_running() and not run.exceeded and (waiting or run.is_running):
            bell.clear()
            waiting = waiting and _start_some(run, program, documents, env)
            if env.is_running() and not run.exceeded and run.is_running:
                bell.wait()
    if run.is_running:
        run.stop_children(STOPPED_CAUSE)
    if run.exceeded and env.is_running():
        raise failed(env, EXCEEDED, EXCEEDED_CAUSE)


def _start_some(run: MapRun, program: Any, documents: Documents, env: Any) -> bool:
    """Start as many children as may run; tell whether more may be left."""
    while env.is_running() and not run.exceeded and run.may_start():
        try:
            document, items = next(documents)
        except StopIteration:
            return False
        run.start_child(program, env, document, items)
    return True


def failed(env: Any, error: str, cause: str) -> FailureEventException:
    """Make the exception that fails a Map state with an error name and a cause."""
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=CustomErrorName(error),
            event_type=HistoryEventType.MapRunFailed,
            event_details={"mapRunFailedEventDetails": {"error": error, "cause": cause}},  # type: ignore[arg-type]
        )
    )


def _tell(env: Any, event: HistoryEventType, **details: str | None) -> None:
    told = {name: value for name, value in details.items() if value is not None}
    field = f"{event[0].lower()}{event[1:]}EventDetails"
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=event,
        event_details={field: told} if details else None,
    )
