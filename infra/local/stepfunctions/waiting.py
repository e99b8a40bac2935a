"""Waiting on the account's clock, where an abort wakes whatever waits."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.retry.jitter_strategy_decl import (
    JitterStrategyDecl,
)
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment

from infra.local.account import Account
from infra.local.patching import replace


class Signal(threading.Event):
    """Says once that something ended, and wakes those who wait for something else meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._others: set[threading.Event] = set()
        self._guard = threading.Lock()

    def set(self) -> None:
        """Wake all that wait, for this or beside it."""
        super().set()
        with self._guard:
            for other in self._others:
                other.set()

    def clear(self) -> None:
        """Do nothing: an end is an end, and who begins to wait after it must not sleep."""

    @contextlib.contextmanager
    def waking(self, other: threading.Event) -> Iterator[None]:
        """Set `other` too, as long as the block runs."""
        with self._guard:
            self._others.add(other)
        if self.is_set():
            other.set()
        try:
            yield
        finally:
            with self._guard:
                self._others.discard(other)


def install(account: Account) -> None:
    """Put Wait states and retry intervals on the clock, and let programs end when told."""
    clock = account.clock

    def make_environment(environment: Any, *args: Any, **kwargs: Any) -> None:
        plain_environment(environment, *args, **kwargs)
        environment.program_state_event = Signal()

    def wait(_function: Any, env: Any, wait_seconds: float) -> None:
        if env.is_running() and wait_seconds > 0:
            clock.wait(wait_seconds, env.program_state_event)

    def until(timestamp: Any, env: Any) -> float:
        timestamp.string.eval(env=env)
        text = env.stack.pop()
        when = Timestamp._from_timestamp_string(timestamp=text)
        if when is None:
            raise FailureEventException(timestamp._create_failure_event(env, text))
        return (when.replace(tzinfo=UTC) - clock.now()).total_seconds()

    def enter(state: Any, env: Any) -> None:
        entered = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        env.states.context_object.context_object_data["State"]["EnteredTime"] = entered
        plain_input(state, env)

    def jitter(strategy: Any, env: Any) -> None:
        plain_jitter(strategy, env)
        wait(strategy, env, env.stack.pop())
        env.stack.append(0)

    # moto's event is cleared as soon as it is set: who is about to wait sleeps on.
    plain_environment = replace(account, Environment, "__init__", make_environment)
    # moto waits in real time, and wakes for no abort that came just before.
    replace(account, WaitFunction, "_wait_interval", wait)
    # moto tells the wall's time, which no schedule of this account knows.
    plain_input = replace(account, CommonStateField, "_eval_state_input", enter)
    # moto reads the local time of day for UTC, and whole seconds only.
    replace(account, Timestamp, "_get_wait_seconds", until)
    # moto sleeps between attempts in real time, deaf to an abort; the jitter comes just before.
    plain_jitter = replace(account, JitterStrategyDecl, "_eval_body", jitter)
    # moto joins a second thread for the machine's timeout, and says so in the history too late.
    replace(account, Program, "eval", run_program)


def run_program(program: Any, env: Any) -> None:
    """Run a machine, branch or iteration in this thread, with its own TimeoutSeconds if it has."""
    if env._program_state is None or env.is_running():
        env.next_state_name = program.start_at.start_at_name
    limit = program.timeout_seconds
    if limit is None:
        super(Program, program).eval(env)
        return

    def out_of_time() -> None:
        if env.is_running():
            env.set_timed_out()

    timer = threading.Timer(limit.timeout_seconds, out_of_time)
    timer.daemon = True
    timer.start()
    try:
        super(Program, program).eval(env)
    finally:
        timer.cancel()
