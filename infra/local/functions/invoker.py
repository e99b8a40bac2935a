"""One invocation from the request to its answer: route, run, log, measure."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from infra.local.account import REGION, Account
from infra.local.functions.answers import exhausted, payload_of
from infra.local.functions.code import CodeStore
from infra.local.functions.environment import environment
from infra.local.functions.logs import LogStream, Usage
from infra.local.functions.metrics import Metrics
from infra.local.functions.pool import Pool, Worker
from infra.local.functions.process import MEBIBYTE, Answer, Launch, Process, ProcessEnded
from infra.local.functions.routing import Route, backend, route
from infra.local.functions.runtime_api import Invocation
from infra.local.functions.tracing import Trace, Tracer

# The status that logs tell, by the kind of answer; the rest is "failure".
STATUSES = {"response": "success", "error": "error", "timeout": "timeout"}

# The ends of which the process itself could write nothing.
SILENT = ("timeout", "memory", "exit")


@dataclass(frozen=True)
class Request:
    """What is to be invoked: a function's name, the qualifier that was asked for, the event."""

    name: str
    payload: bytes
    qualifier: str = ""
    region: str = REGION
    trace: str = ""
    client_context: str = ""
    request_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True)
class Outcome:
    """What an invocation answered; `failed` when the payload describes an error."""

    payload: bytes
    failed: bool
    version: str
    trace: str
    tail: bytes


class Throttled(Exception):
    """The function's reserved concurrency is used up."""


class Invoker:
    """Runs functions in processes of their own."""

    def __init__(self, account: Account, tracer: Tracer) -> None:
        self.metrics = Metrics(account)
        self.pool = Pool(self._start)
        self._account = account
        self._tracer = tracer
        self._folder = account.workdir / "functions"
        self._code = CodeStore(self._folder / "code")
        self._running: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        account.on_stop(self._stop)

    def invoke(self, request: Request) -> Outcome:
        """Run one invocation and give its answer, be it a result or an error.

        Raises Throttled, and moto's UnknownFunctionException where there is no such function.
        """
        way = route(request.name, request.qualifier, request.region)
        self._admit(request, way)
        try:
            return self._run(request, way)
        finally:
            with self._lock:
                self._running[request.region, request.name] -= 1

    def _admit(self, request: Request, way: Route) -> None:
        reserved = backend(request.region).get_function(request.name).reserved_concurrency
        key = (request.region, request.name)
        with self._lock:
            refused = reserved is not None and self._running[key] >= int(reserved)
            if not refused:
                self._running[key] += 1
        if refused:
            self.metrics.throttled(way)
            raise Throttled(f"{request.name} has a reserved concurrency of {reserved}")

    def _run(self, request: Request, way: Route) -> Outcome:
        function = way.function
        trace = Trace.of(function, request.trace)
        invocation = Invocation(
            request_id=request.request_id,
            payload=request.payload,
            arn=way.arn,
            trace=trace.header,
            timeout=float(function.timeout),
            client_context=request.client_context,
        )
        worker, answer = self._served(function, invocation)
        peak = worker.process.peak_memory() // MEBIBYTE
        kind = "memory" if exhausted(function, answer, peak) else answer.kind
        worker.process.drain()
        payload, failed = payload_of(kind, answer, function, request.request_id)
        usage = Usage(STATUSES.get(kind, "failure"), answer, int(function.memory_size), peak)
        last_word = json.loads(payload)["errorMessage"] if kind in SILENT else ""
        worker.log.finish(request.request_id, usage, last_word)
        outcome = Outcome(payload, failed, str(function.version), trace.header, worker.log.tail())
        self.pool.give_back(worker, fit=kind in ("response", "error"))
        self._tracer.invoked(function, trace, answer.seconds, failed=failed)
        self.metrics.invoked(way, failed=failed, milliseconds=answer.seconds * 1000)
        return outcome

    def _served(self, function: Any, invocation: Invocation) -> tuple[Worker, Answer]:
        while True:
            worker = self.pool.take(function)
            worker.log.begin(invocation.request_id)
            try:
                return worker, worker.process.invoke(invocation)
            except ProcessEnded:
                self.pool.give_back(worker, fit=False)

    def _start(self, function: Any) -> Worker:
        log = LogStream(self._account, function)
        lambdas = backend(function.region)
        layers = [lambdas.layers_versions_by_arn(layer["Arn"]) for layer in function.layers]
        folders = self._code.search_path(function, layers)
        scratch = self._folder / "scratch" / uuid4().hex
        variables = environment(
            self._account, function, folders, log.name, self._tracer.address, scratch
        )

        def written(lines: list[str]) -> None:
            log.write(lines)
            self.metrics.embedded(lines, function.region)

        launch = Launch(function.handler, variables, folders[0], scratch, int(function.memory_size))
        return Worker(Process(launch, written), log, function)

    def _stop(self) -> None:
        self.pool.stop()
        self._code.discard()
