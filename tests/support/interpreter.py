"""Run a definition on the real interpreter, with task functions and AWS services mocked.

Nothing leaves the process: no server, no HTTP, and each wait takes no time.
"""

import functools
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeSuccess
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from infra.local import stepfunctions
from infra.local.account import ACCOUNT_ID, REGION
from infra.local.clock import Clock
from infra.local.stepfunctions.executions import with_children
from infra.local.stepfunctions.language import copy_json

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/state-machine"
# A year of waiting takes 30 ms, and a minute of testing stays within the calendar.
NO_WAITING = 1e9
LEFT_SECONDS = 5.0
# What a service answers that a test says nothing about.
ANSWERS: dict[str, Any] = {
    "sns.publish": {"MessageId": "00000000-0000-4000-8000-000000000000"},
    "events.put_events": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
}


class NoAnswer:
    """Given by a mock of a `.waitForTaskToken` task that nobody answers: it times out."""


NO_ANSWER = NoAnswer()


@dataclass
class Call:
    """One call that the execution made: a task's name or `service.method`, and its input."""

    name: str
    input: Any


@dataclass
class Result:
    """How an execution ended, and what it did.

    `children` are those of its distributed Maps, one per item in the items' order. `states` has
    theirs too, child by child, behind the state that started them; `calls` has the calls of all
    in the order of time (a child has none of its own).
    """

    status: str
    output: Any
    error: str | None
    cause: str | None
    states: list[str]
    calls: list[Call]
    history: list[dict[str, Any]] = field(repr=False)
    children: list["Result"] = field(default_factory=list)

    def inputs(self, name: str) -> list[Any]:
        """List the inputs that a task or service got, in order."""
        return [call.input for call in self.calls if _same(call.name, name)]


def run(
    definition: dict[str, Any] | str,
    document: dict[str, Any],
    tasks: dict[str, Any] | None = None,
    *,
    services: dict[str, Any] | None = None,
    objects: dict[str, Any] | None = None,
    name: str = "execution-1",
    timeout: float = 30,
    clock: Clock | None = None,
) -> Result:
    """Execute a definition and wait for its end.

    `tasks` and `services` (keyed `sns.publish`) map names to answers: a callable gets the
    input and returns the answer or raises; a list gives one answer after the other, and the
    last one again and again; an exception is raised, its class name being the error's name;
    anything else is the answer.
    `objects` is what lies in S3 for an ItemReader: `EvidenceBucket/operations/1/batches.json` (a
    bucket of the template by its logical id) to the list, which may be a callable without
    arguments where a mocked task decides what is there. An object that is not there is S3's
    NoSuchKey.
    A task is named as its module (`promotion.shift_alias`), function or logical id. Under
    `.waitForTaskToken` the answer is what comes back with the token, `NO_ANSWER` lets it time
    out. On a `clock` of the test's waits take its time, else none.
    Raises AssertionError for a call of a task without a mock, and TimeoutError when the
    execution takes longer than `timeout` seconds.
    """
    text = definition if isinstance(definition, str) else json.dumps(definition)
    world = _World(tasks or {}, services or {}, objects or {}, clock or Clock(NO_WAITING))
    stepfunctions.install(world)  # type: ignore[arg-type]
    backend = world.backend
    others = set(threading.enumerate())
    try:
        machine = backend.create_state_machine("machine", resolve(text), ROLE)
        execution: Any = backend.start_execution(machine.arn, name, json.dumps(document))
        if not execution.ended.wait(timeout):
            entered = _states(execution)
            raise TimeoutError(f"still running after {timeout} s; states entered: {entered}")
        _join_states(others)
    finally:
        world.stop()
    if world.unknown:
        raise AssertionError(f"no mock for {sorted(world.unknown)}; give run() one in tasks=")
    return _result(execution, world.calls)


def _join_states(others: set[threading.Thread]) -> None:
    """Wait for what stopped states still run, that it does not call the next test's mocks.

    `others` ran before, such as those of the execution whose service a test answers by this one.
    """
    for thread in set(threading.enumerate()) - others:
        if thread.name.startswith("state ") and thread.is_alive():
            thread.join(LEFT_SECONDS)


def _result(execution: Any, calls: list[Call]) -> Result:
    children = [_result(child, []) for child in execution.children]
    return Result(
        status=execution.status,
        output=execution.output,
        error=execution.error,
        cause=execution.cause,
        states=_states(execution),
        calls=calls,
        history=list(execution.history),
        children=children,
    )


def _states(execution: Any) -> list[str]:
    """List the states entered, those of a Map Run's children where the Map Run began."""
    runs = execution.exec_worker.env.map_run_record_pool_manager
    entered = []
    for event in list(execution.history):
        if "stateEnteredEventDetails" in event:
            entered.append(event["stateEnteredEventDetails"]["name"])
        if "mapRunStartedEventDetails" in event:
            run = runs.get(event["mapRunStartedEventDetails"]["mapRunArn"])
            for child in list(run.children):
                entered += _states(child)
    return entered


def resolve(text: str) -> str:
    """Fill in the template's references as the embedded account would."""
    text = text.replace("${AWS::Partition}", "aws").replace("${AWS::Region}", REGION)
    text = text.replace("${AWS::AccountId}", ACCOUNT_ID)
    return re.sub(r"\$\{(\w+)\.Arn\}", rf"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:\1", text)


def _same(one: str, other: str) -> bool:
    return _key(one) == _key(other)


def _key(name: str) -> str:
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    return letters.removeprefix("daytwo")


class _World:
    """Stands in for the account: its clock does not wait, its clients answer from mocks."""

    def __init__(
        self,
        tasks: dict[str, Any],
        services: dict[str, Any],
        objects: dict[str, Any],
        clock: Clock,
    ) -> None:
        self.clock = clock
        self.calls: list[Call] = []
        self.unknown: set[str] = set()
        self.backend = StepFunctionsParserBackend(REGION, ACCOUNT_ID)
        self._tasks = {_key(name): _answers(answer) for name, answer in tasks.items()}
        services = {**ANSWERS, **services}
        self._services = {name: _answers(answer) for name, answer in services.items()}
        self._objects = objects
        self._endings: list[Callable[[], None]] = []

    def on_stop(self, ending: Callable[[], None]) -> None:
        self._endings.append(ending)

    def stop(self) -> None:
        while self._endings:
            self._endings.pop()()

    def client(self, service: str, region: str = REGION) -> Any:
        return _Client(self, service)

    def role_client(self, service: str, role: str, session: str = "", region: str = REGION) -> Any:
        return _Client(self, service)

    def call(self, name: str, parameters: dict[str, Any]) -> Any:
        self.calls.append(Call(name, copy_json(parameters)))
        if name == "s3.get_object" and name not in self._services:
            return {"Body": io.BytesIO(self._object(parameters))}
        answer = self._services.get(name)
        return copy_json(answer(copy_json(parameters))) if answer else {}

    def _object(self, parameters: dict[str, Any]) -> bytes:
        place = f"{parameters['Bucket'].strip('${}')}/{parameters['Key']}"
        if place not in self._objects:
            told = {"Code": "NoSuchKey", "Message": f"The specified key does not exist: {place}"}
            raise ClientError({"Error": told}, "GetObject")
        content = self._objects[place]
        return json.dumps(content() if callable(content) else content).encode()

    def invoke(self, parameters: dict[str, Any]) -> dict[str, Any]:
        name = parameters["FunctionName"].split(":function:")[-1].split(":")[0]
        document = json.loads(parameters["Payload"])
        self.calls.append(Call(name, document))
        answer = self._tasks.get(_key(name))
        if answer is None:
            self.unknown.add(name)
            return _function_error(LookupError(f"no mock for {name}"))
        try:
            outcome = answer(copy_json(document))
        except ClientError:
            raise
        except Exception as error:  # noqa: BLE001 - the workflow handles it, as on AWS
            return _function_error(error)
        if outcome is not NO_ANSWER:
            self._answer_token(document, json.dumps(outcome))
        payload = None if outcome is NO_ANSWER else outcome
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(payload).encode())}

    def _answer_token(self, document: Any, outcome: str) -> None:
        tokens = set(_strings(document))
        for execution in with_children(self.backend.state_machines[0].executions):
            worker: Any = execution.exec_worker
            pool = worker.env.callback_pool_manager
            for token in tokens:
                if pool.get(token) is not None:
                    pool.notify(token, CallbackOutcomeSuccess(token, outcome))


class _Client:
    def __init__(self, world: _World, service: str) -> None:
        self._world = world
        self._service = service

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if (self._service, method) == ("lambda", "invoke"):
            return lambda **parameters: self._world.invoke(parameters)
        name = f"{self._service}.{method}"
        return lambda **parameters: self._world.call(name, parameters)


def _answers(mock: Any) -> Callable[[Any], Any]:
    """Make a function of what a test gave: callable, list of answers, exception or answer."""
    if isinstance(mock, list):
        left = [_answers(entry) for entry in mock]
        return lambda document: (left.pop(0) if len(left) > 1 else left[0])(document)
    if isinstance(mock, type) and issubclass(mock, Exception):
        return _answers(mock("as the test asks"))
    if isinstance(mock, Exception):
        return functools.partial(_throw, mock)
    return mock if callable(mock) else lambda document: mock


def _throw(error: Exception, _document: Any) -> Any:
    raise error


def _function_error(error: Exception) -> dict[str, Any]:
    told = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
    payload = io.BytesIO(json.dumps(told).encode())
    return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": payload}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _strings(entry)
