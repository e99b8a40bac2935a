"""Asynchronous invocations: answered at once, retried twice, then sent where they are kept.

The rules: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous
invocation" and "Capturing records of Lambda asynchronous invocations".
"""

import json
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from moto.awslambda.models import LambdaBackend

from infra.local.account import Account
from infra.local.functions.destinations import send_message, send_record
from infra.local.functions.invoker import Invoker, Outcome, Request, Throttled
from infra.local.functions.routing import backend, route
from infra.local.patching import replace as replace_in_moto

RETRY_DELAYS = (60.0, 120.0)
LARGEST_BACKOFF = 300.0
LONGEST_AGE = 6 * 3600
AT_ONCE = 16
log = logging.getLogger(__name__)


def install(account: Account) -> None:
    """Make a function's settings for asynchronous invocation those that were put last."""

    def put(self: Any, function_name: str, config: dict[str, Any]) -> Any:
        self.get_function(function_name).event_invoke_config.clear()
        return plain_put(self, function_name, config)

    # moto keeps all that were ever put and tells the first.
    plain_put = replace_in_moto(account, LambdaBackend, "put_function_event_invoke_config", put)


@dataclass(frozen=True)
class Event:
    """An event that waits for its function, with what has happened to it so far."""

    request: Request
    since: datetime
    attempts: int = 0
    throttles: int = 0


class EventQueue:
    """The queue between an asynchronous invocation and its function."""

    def __init__(self, account: Account, invoker: Invoker) -> None:
        self._account = account
        self._invoker = invoker
        self._stopped = threading.Event()
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asynchronous")
        account.on_stop(self._stop)

    def put(self, request: Request) -> None:
        """Take an event; the caller does not wait."""
        self._submit(Event(request, self._account.clock.now()))

    def _submit(self, event: Event) -> None:
        if not self._stopped.is_set():
            self._workers.submit(self._attempt, event).add_done_callback(_told)

    def _attempt(self, event: Event) -> None:
        """Invoke once and see to what becomes of the event."""
        try:
            outcome = self._invoker.invoke(event.request)
        except Throttled:
            later = replace(event, throttles=event.throttles + 1)
            self._again(later, min(2.0**event.throttles, LARGEST_BACKOFF), None)
            return
        event = replace(event, attempts=event.attempts + 1)
        if not outcome.failed:
            self._deliver(event, outcome, "OnSuccess", "Success")
        elif event.attempts > self._retries(event):
            self._give_up(event, outcome, "RetriesExhausted")
        else:
            self._again(event, RETRY_DELAYS[event.attempts - 1], outcome)

    def _again(self, event: Event, delay: float, outcome: Outcome | None) -> None:
        """Try again after account seconds, unless the event would be too old."""
        age = (self._account.clock.now() - event.since).total_seconds()
        longest = self._config(event).get("MaximumEventAgeInSeconds") or LONGEST_AGE
        if age + delay > longest:
            self._give_up(event, outcome, "EventAgeExceeded")
            return

        def wait() -> None:
            if not self._account.clock.wait(delay, self._stopped):
                self._submit(event)

        threading.Thread(target=wait, name="asynchronous-retry", daemon=True).start()

    def _give_up(self, event: Event, outcome: Outcome | None, condition: str) -> None:
        self._deliver(event, outcome, "OnFailure", condition)
        function = self._function(event)
        target = function.dead_letter_config.get("TargetArn")
        if target:
            attributes = _dead_letter_attributes(event, outcome)
            body = event.request.payload.decode()
            send_message(self._account, function, target, body, attributes)

    def _deliver(self, event: Event, outcome: Outcome | None, kind: str, condition: str) -> None:
        """Send the record of an invocation to its destination of that kind, if it has one."""
        destinations = self._config(event).get("DestinationConfig") or {}
        target = (destinations.get(kind) or {}).get("Destination")
        if target:
            record = self._record(event, outcome, condition)
            result = "Success" if kind == "OnSuccess" else "Failure"
            detail_type = f"Lambda Function Invocation Result - {result}"
            send_record(self._account, self._function(event), target, record, detail_type)

    def _record(self, event: Event, outcome: Outcome | None, condition: str) -> dict[str, Any]:
        request = event.request
        way = route(request.name, request.qualifier, request.region)
        arn = way.arn if request.qualifier else f"{way.arn}:$LATEST"
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": self._account.clock.now().isoformat(timespec="milliseconds"),
            "requestContext": {
                "requestId": request.request_id,
                "functionArn": arn,
                "condition": condition,
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": json.loads(request.payload),
        }
        if outcome:
            record["responseContext"] = {"statusCode": 200, "executedVersion": outcome.version}
            if outcome.failed:
                record["responseContext"]["functionError"] = "Unhandled"
            record["responsePayload"] = json.loads(outcome.payload)
        return record

    def _retries(self, event: Event) -> int:
        configured = self._config(event).get("MaximumRetryAttempts")
        return len(RETRY_DELAYS) if configured is None else int(configured)

    def _config(self, event: Event) -> dict[str, Any]:
        configs = self._function(event).event_invoke_config
        return dict(configs[-1].config) if configs else {}

    @staticmethod
    def _function(event: Event) -> Any:
        return backend(event.request.region).get_function(event.request.name)

    def _stop(self) -> None:
        self._stopped.set()
        self._workers.shutdown(wait=False, cancel_futures=True)


def _told(done: Future[None]) -> None:
    """Log what went wrong in an attempt: nobody waits for it."""
    if not done.cancelled() and (error := done.exception()):
        log.error("an asynchronous invocation was lost: %s", error, exc_info=error)


def _dead_letter_attributes(event: Event, outcome: Outcome | None) -> dict[str, str]:
    """Give the attributes of a message in a dead-letter queue."""
    message = json.loads(outcome.payload).get("errorMessage", "") if outcome else "Rate Exceeded."
    return {
        "RequestID": event.request.request_id,
        "ErrorCode": "200" if outcome else "429",
        "ErrorMessage": message[:1024] or "unknown",
    }
