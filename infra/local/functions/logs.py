"""What functions write, and what Lambda writes about them, in CloudWatch Logs."""

import json
import threading
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import uuid4

from moto.logs.models import logs_backends

from infra.local.account import ACCOUNT_ID, Account
from infra.local.functions.process import Answer

TAIL_BYTES = 4096
LEVELS = ("DEBUG", "INFO", "WARN")


@dataclass(frozen=True)
class Usage:
    """How an invocation ended (success, error, timeout, failure) and what it used, in MB."""

    status: str
    answer: Answer
    memory: int
    peak: int

    def metrics(self) -> dict[str, float]:
        """Give the metrics of a platform.report record (Lambda Telemetry API reference)."""
        metrics = {
            "durationMs": round(self.answer.seconds * 1000, 3),
            "billedDurationMs": ceil(self.answer.seconds * 1000),
            "memorySizeMB": self.memory,
            "maxMemoryUsedMB": self.peak,
        }
        if self.answer.init_seconds is not None:
            metrics["initDurationMs"] = round(self.answer.init_seconds * 1000, 3)
        return metrics

    def line(self, request_id: str) -> str:
        """Give the REPORT line of a text log."""
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {self.answer.seconds * 1000:.2f} ms",
            f"Billed Duration: {ceil(self.answer.seconds * 1000)} ms",
            f"Memory Size: {self.memory} MB",
            f"Max Memory Used: {self.peak} MB",
        ]
        if self.answer.init_seconds is not None:
            parts.append(f"Init Duration: {self.answer.init_seconds * 1000:.2f} ms")
        if self.status in ("timeout", "failure"):
            parts.append(f"Status: {self.status}")
        return "\t".join(parts)


class LogStream:
    """The log stream of one process; it is made with the first line."""

    def __init__(self, account: Account, function: Any) -> None:
        self._account = account
        self._region = function.region
        self._group: str = function.logging_config["LogGroup"]
        self._as_json = function.logging_config["LogFormat"] == "JSON"
        self._level: str = function.logging_config.get("SystemLogLevel") or "INFO"
        self._version = str(function.version)
        day = account.clock.now().strftime("%Y/%m/%d")
        # Lambda Developer Guide, "Configuring CloudWatch log groups": streams of a group that
        # several functions share begin with the function's name.
        own = self._group == f"/aws/lambda/{function.function_name}"
        named = "" if own else function.function_name
        self.name = f"{day}/{named}[{self._version}]{uuid4().hex}"
        self._lock = threading.Lock()
        self._tail: list[str] = []

    def write(self, lines: list[str]) -> None:
        """Put lines into the log, with the account's time of now."""
        timestamp = int(self._account.clock.now().timestamp() * 1000)
        events = [{"timestamp": timestamp, "message": line} for line in lines]
        backend = logs_backends[ACCOUNT_ID][self._region]
        with self._lock:
            self._tail += lines
            backend.ensure_log_group(self._group)
            group = backend.groups[self._group]
            if self.name not in group.streams:
                group.create_log_stream(self.name)
            # Not through the backend: it refuses what a fast clock puts hours ahead of the wall.
            group.streams[self.name].put_log_events(events)

    def begin(self, request_id: str) -> None:
        """Write that an invocation starts."""
        with self._lock:
            self._tail.clear()
        if self._as_json:
            record = {"requestId": request_id, "version": self._version}
            self._platform("INFO", "start", record)
        else:
            self.write([f"START RequestId: {request_id} Version: {self._version}"])

    def finish(self, request_id: str, usage: Usage, last_word: str = "") -> None:
        """Write how an invocation ended and what it used; `last_word` stands in text logs only.

        Levels: Lambda Developer Guide, "System log level event mapping".
        """
        if self._as_json:
            record = {"requestId": request_id, "status": usage.status}
            well = usage.status == "success"
            self._platform("DEBUG" if well else "WARN", "runtimeDone", record)
            report = {**record, "metrics": usage.metrics()}
            self._platform("INFO" if well else "WARN", "report", report)
        else:
            last = [last_word] if last_word else []
            self.write([*last, f"END RequestId: {request_id}", usage.line(request_id)])

    def tail(self) -> bytes:
        """Give the last 4 KB that the last invocation logged."""
        with self._lock:
            return "\n".join(self._tail).encode()[-TAIL_BYTES:]

    def _platform(self, level: str, kind: str, record: dict[str, Any]) -> None:
        if LEVELS.index(level) < LEVELS.index(self._level):
            return
        time = _milliseconds(self._account.clock.now())
        self.write([json.dumps({"time": time, "type": f"platform.{kind}", "record": record})])


def _milliseconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
