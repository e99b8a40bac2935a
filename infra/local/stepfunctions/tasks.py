"""Task states: their timeouts, callbacks by task token, and the end of a .sync call."""

import threading
import time
from typing import Any

from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (  # noqa: E501
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackConsumerTimeout,
    CallbackOutcomeTimedOut,
    HeartbeatTimedOut,
)

from infra.local.account import Account
from infra.local.clock import Clock
from infra.local.patching import replace
from infra.local.stepfunctions.language import copy_json

# How often a .sync call of a service other than Step Functions looks whether it is done.
SYNC_POLL_SECONDS = 0.2


class Gate:
    """Passes events on to an execution's history until the state that writes them is left."""

    def __init__(self, history: Any) -> None:
        self.history = history
        self.open = True

    def add_event(self, *args: Any, **kwargs: Any) -> int:
        """Write an event, unless its state was left: what still runs then is not told."""
        return self.history.add_event(*args, **kwargs) if self.open else 0


def install(account: Account) -> None:
    """Run task states so that an abort ends them, and put callbacks on the clock."""
    # moto waits for the task's end whatever happens, and lets a state that timed out write on.
    replace(account, ExecutionState, "_evaluate_with_timeout", run_state)
    # moto counts callbacks and heartbeats in real time, and takes answers after the timeout.
    replace(account, StateTaskServiceCallback, "_eval_wait_for_task_token", _waiter(account.clock))
    # moto looks twice a second whether a child is done, deaf to an abort.
    replace(account, StateTaskServiceCallback, "_eval_sync", wait_for_sync)


def run_state(state: Any, env: Any) -> None:
    """Run a Task, Parallel or Map state once, for at most its TimeoutSeconds of real time."""
    state.timeout.eval(env=env)
    limit = env.stack.pop()
    _renew_token(state, env)
    frame = env.open_frame()
    frame.states.reset(input_value=env.states.get_input())
    frame.stack = copy_json(env.stack)
    gate = frame.event_manager = Gate(env.event_manager)
    done = threading.Event()
    results: list[Any] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            state._eval_execution(frame)
            results.append(frame.stack[-1])
        except Exception as failure:  # noqa: BLE001 - each error is the state's to retry or catch
            failures.append(failure)
        finally:
            done.set()

    threading.Thread(target=run, daemon=True, name=f"state {state.name}").start()
    with env.program_state_event.waking(done):
        in_time = done.wait(limit)
    gate.open = False
    frame.set_ended()
    env.close_frame(frame)
    if not env.is_running():
        return
    if failures:
        raise failures[0]
    if not in_time:
        raise EvalTimeoutError()
    _keep_result(state, env, results[0])


def _keep_result(state: Any, env: Any, result: Any) -> None:
    env.stack.append(result)
    if not state._is_language_query_jsonpath():
        env.states.set_result(result)
    for step in (state.assign_decl, state.result_selector):
        if step:
            step.eval(env=env)
    if state.result_path:
        state.result_path.eval(env)
    else:
        env.states.reset(input_value=env.stack.pop())


def _renew_token(state: Any, env: Any) -> None:
    """Give each attempt its own task token: an answer to the one before is none to this one."""
    condition = getattr(getattr(state, "resource", None), "condition", None)
    attempts = env.states.context_object.context_object_data["State"].get("RetryCount", 0)
    if condition == ResourceCondition.WaitForTaskToken and attempts:
        env.callback_pool_manager.add(env.states.context_object.update_task_token())


def _waiter(clock: Clock) -> Any:
    def wait_for_answer(
        _task: Any,
        env: Any,
        timeout_seconds: float,
        callback_endpoint: Any,
        heartbeat_endpoint: Any,
    ) -> Any:
        bell = callback_endpoint._notify_event
        if heartbeat_endpoint:
            bell = heartbeat_endpoint._next_heartbeat_event
        ends = time.monotonic() + clock.real_seconds(timeout_seconds)
        with env.program_state_event.waking(bell):
            outcome = None
            while env.is_running() and outcome is None:
                left = ends - time.monotonic()
                beat = left
                if heartbeat_endpoint:
                    beat = clock.real_seconds(heartbeat_endpoint._heartbeat_seconds)
                rung = bell.wait(max(0.0, min(left, beat)))
                bell.clear()
                outcome = callback_endpoint.get_outcome()
                if not rung and outcome is None:
                    return _too_late(callback_endpoint, heartbeat=beat < left)
        return _too_late(callback_endpoint, heartbeat=False) if outcome is None else outcome

    return wait_for_answer


def _too_late(endpoint: Any, heartbeat: bool) -> Any:
    endpoint.report(CallbackConsumerTimeout())
    if heartbeat:
        return HeartbeatTimedOut()
    return CallbackOutcomeTimedOut(callback_id=endpoint.callback_id)


def wait_for_sync(_task: Any, env: Any, sync_resolver: Any, **_others: Any) -> Any:
    """Look again and again whether what a .sync call started is done; give its result."""
    while env.is_running():
        result = sync_resolver()
        if result:
            return result
        env.program_state_event.wait(SYNC_POLL_SECONDS)
    return None
