"""Handing events on: in order per target, tried again on the clock, to a dead-letter queue last."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.account import Account
from infra.local.targets import Delivery, send

log = logging.getLogger(__name__)

# EventBridge User Guide, "Retrying undelivered events": a day, at most 185 times.
MOST_RETRIES = 185
MOST_AGE_SECONDS = 86_400
# Seconds of the account's clock between two attempts: doubled each time, up to a minute.
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 60
# What another attempt may mend; every other refusal goes to the dead-letter queue at once.
PASSING = {
    "InternalFailure",
    "InternalServerError",
    "RequestLimitExceeded",
    "ServiceException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


class Deliveries:
    """Delivers what it is given, one thread per target, until the account stops."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._queues: dict[str, queue.SimpleQueue[Delivery | None]] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        account.on_stop(self.stop)

    def put(self, delivery: Delivery) -> None:
        """Deliver soon, after what was given for the same target before."""
        with self._guard:
            if self._stopping.is_set():
                return
            waiting = self._queues.get(delivery.arn)
            if waiting is None:
                waiting = self._queues[delivery.arn] = queue.SimpleQueue()
                worker = threading.Thread(
                    target=self._work, args=(waiting,), daemon=True, name=f"to {delivery.arn}"
                )
                worker.start()
            waiting.put(delivery)

    def stop(self) -> None:
        """Deliver nothing more."""
        with self._guard:
            self._stopping.set()
            for waiting in self._queues.values():
                waiting.put(None)

    def _work(self, waiting: "queue.SimpleQueue[Delivery | None]") -> None:
        while (delivery := waiting.get()) is not None and not self._stopping.is_set():
            guarded(self._deliver, delivery)

    def _deliver(self, delivery: Delivery) -> None:
        policy = delivery.retry_policy
        retries = int(policy.get("MaximumRetryAttempts", MOST_RETRIES))
        age = float(policy.get("MaximumEventAgeInSeconds", MOST_AGE_SECONDS))
        born = self._account.clock.now()
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(retries + 1):
            try:
                send(self._account, delivery)
                return
            except (ClientError, BotoCoreError, ValueError, LookupError) as error:
                old = (self._account.clock.now() - born).total_seconds() + pause > age
                if not _passing(error) or attempt == retries or old:
                    ending = "MaximumEventAgeInSeconds" if old else "MaximumRetryAttempts"
                    self._give_up(delivery, error, attempt, ending)
                    return
            if self._account.clock.wait(pause, self._stopping):
                return
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _give_up(self, delivery: Delivery, error: Exception, attempts: int, condition: str) -> None:
        code = _code(error)
        log.error("%s was not reached: %s: %s", delivery.arn, code, error)
        if not delivery.dead_letter_arn:
            return
        told = {
            **delivery.told,
            "TARGET_ARN": delivery.arn,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": str(error)[:1024],
            "RETRY_ATTEMPTS": str(attempts),
        }
        if _passing(error):
            told["EXHAUSTED_RETRY_CONDITION"] = condition
        attributes = {
            name: {"DataType": "String", "StringValue": value} for name, value in told.items()
        }
        parameters = {"MessageAttributes": attributes}
        letter = Delivery(delivery.dead_letter_arn, delivery.payload, parameters=parameters)
        send(self._account, letter)


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__


def _passing(error: Exception) -> bool:
    return isinstance(error, BotoCoreError) or _code(error) in PASSING


def guarded(call: Callable[..., Any], *arguments: Any) -> None:
    """Call, and log whatever it raises: a thread that delivers goes on with the next."""
    try:
        call(*arguments)
    except Exception:
        log.exception("%s failed", getattr(call, "__name__", call))
