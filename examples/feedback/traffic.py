"""Synthetic traffic for the feedback system: steady, the same for the same seed, and counted.

Sends requests as API Gateway would to the functions' alias, one in so many of them with a
message in which no word tells a sentiment.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

TELLING = (
    "Great service and friendly people",
    "Slow and confusing",
    "Good, but the app was slow",
    "I love it",
    "The form is broken, which is bad",
)
PLAIN = ("The parcel came on Tuesday", "I ordered two", "Please call me back")
NAMES = ("Ada", "Bela", "Chen", "Dora", "Emeka")


@dataclass
class Answers:
    """What the functions answered, by function, executed version and outcome.

    The outcome is the HTTP status, `error` where the function raised, or `unreachable`.
    """

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, function: str, version: str, outcome: str) -> None:
        """Count one answer."""
        with self._lock:
            self.counts[(function, version, outcome)] += 1

    def total(self, function: str = "", version: str = "", outcome: str = "") -> int:
        """Give how many answers there are of what is given."""
        wanted = (function, version, outcome)
        with self._lock:
            return sum(
                number
                for key, number in self.counts.items()
                if all(not asked or asked == told for asked, told in zip(wanted, key, strict=True))
            )

    def share(self, version: str, function: str = "") -> float:
        """Give the share of the answers that a version gave, from 0 to 1."""
        return self.total(function, version) / max(self.total(function), 1)


def requests(seed: int, plain_every: float = 5, list_every: int = 10) -> Iterator[tuple[str, dict]]:
    """Yield function and event, without end; one in `plain_every` new messages is a plain one."""
    chance = random.Random(seed)  # noqa: S311 - a load generator, no secret
    number = 0
    while True:
        number += 1
        if number % list_every == 0:
            query = {"limit": str(chance.randint(1, 20))}
            event = {"httpMethod": "GET", "path": "/feedback", "queryStringParameters": query}
            yield "list-feedback", event
            continue
        name = chance.choice(NAMES)
        plain = chance.random() < 1 / plain_every
        body = {
            "name": name,
            "email": f"{name.lower()}@example.com",
            "rating": chance.randint(1, 5),
            "message": chance.choice(PLAIN if plain else TELLING),
        }
        event = {"httpMethod": "POST", "path": "/feedback", "body": json.dumps(body)}
        yield "create-feedback", event


class Traffic:
    """Requests at a steady rate, from `start` to `stop`, with what was answered in `answers`.

    The functions are `<prefix>-<function>`, such as feedback-prod-create-feedback, and one in
    `plain_every` new messages is a plain one.
    A request that is due while `workers` others are under way waits for one of them; its
    lateness is not made up for.
    """

    def __init__(
        self,
        client: Any,
        prefix: str,
        per_second: float = 20.0,
        seed: int = 1,
        plain_every: float = 5,
        alias: str = "live",
        workers: int = 4,
    ) -> None:
        self.client, self.prefix, self.alias = client, prefix, alias
        self.per_second, self.workers = per_second, workers
        self.requests = requests(seed, plain_every)
        self.answers = Answers()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> "Traffic":
        """Begin to send."""
        self._thread.start()
        return self

    def stop(self) -> Answers:
        """Send no more, wait for the answers under way, and give all of them."""
        self._stopping.set()
        self._thread.join()
        return self.answers

    def __enter__(self) -> "Traffic":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        free = threading.Semaphore(self.workers)
        with ThreadPoolExecutor(self.workers) as pool:
            due = time.monotonic()
            for function, event in self.requests:
                free.acquire()
                if self._stopping.wait(max(0.0, due - time.monotonic())):
                    return
                due = max(due, time.monotonic() - 1 / self.per_second) + 1 / self.per_second
                pool.submit(self._send, function, event).add_done_callback(lambda _: free.release())

    def _send(self, function: str, event: dict[str, Any]) -> None:
        try:
            reply = self.client.invoke(
                FunctionName=f"{self.prefix}-{function}",
                Qualifier=self.alias,
                Payload=json.dumps(event).encode(),
            )
            answer = json.loads(reply["Payload"].read())
            outcome = "error" if reply.get("FunctionError") else str(answer["statusCode"])
        except Exception as error:  # noqa: BLE001 - whatever keeps a user from an answer is counted
            self.answers.add(function, "", f"unreachable: {type(error).__name__}")
            return
        self.answers.add(function, reply.get("ExecutedVersion", ""), outcome)
