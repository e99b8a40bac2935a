"""X-Ray: the daemon that functions send segments to, and Lambda's own segments."""

import json
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from moto.xray.exceptions import BadSegmentException
from moto.xray.models import xray_backends

from infra.local.account import ACCOUNT_ID, REGION, Account

LARGEST_DATAGRAM = 65535


@dataclass(frozen=True)
class Trace:
    """Where an invocation stands in a trace; `segment` is the function's own segment."""

    root: str
    segment: str
    parent: str
    sampled: bool

    @classmethod
    def of(cls, function: Any, header: str) -> "Trace":
        """Continue the trace of a request's header, or begin one, as TracingConfig says."""
        fields = dict(part.strip().split("=", 1) for part in header.split(";") if "=" in part)
        return cls(
            root=fields.get("Root") or f"1-{int(time.time()):08x}-{secrets.token_hex(12)}",
            segment=secrets.token_hex(8),
            parent=fields.get("Parent", ""),
            sampled=function.tracing_config.get("Mode") == "Active",
        )

    @property
    def header(self) -> str:
        """The X-Amzn-Trace-Id that the function sees."""
        return f"Root={self.root};Parent={self.segment};Sampled={int(self.sampled)}"


class Tracer:
    """Takes segment documents over UDP on loopback and stores them in the account's X-Ray."""

    def __init__(self, account: Account) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._open = True
        threading.Thread(target=self._receive, name="xray-daemon", daemon=True).start()
        account.on_stop(self._close)

    @property
    def address(self) -> str:
        """Host and port, for AWS_XRAY_DAEMON_ADDRESS."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def invoked(self, function: Any, trace: Trace, seconds: float, *, failed: bool) -> None:
        """Store the segment of a function's invocation that just ended, if it is sampled."""
        if not trace.sampled:
            return
        ended = time.time()
        segment = {
            "id": trace.segment,
            "trace_id": trace.root,
            "name": function.function_name,
            "origin": "AWS::Lambda::Function",
            "start_time": ended - seconds,
            "end_time": ended,
            "aws": {"function_arn": function.function_arn},
        }
        if trace.parent:
            segment["parent_id"] = trace.parent
        if failed:
            segment["fault"] = True
        _store(json.dumps(segment))

    def _receive(self) -> None:
        while True:
            datagram = self._socket.recv(LARGEST_DATAGRAM)
            if not self._open:
                self._socket.close()
                return
            # A header line {"format": "json", "version": 1}, then the document (X-Ray
            # Developer Guide, "Sending trace data to X-Ray").
            _, _, document = datagram.decode("utf-8", "replace").partition("\n")
            _store(document)

    def _close(self) -> None:
        self._open = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waking:
            waking.sendto(b"", self._socket.getsockname())


def _store(document: str) -> None:
    try:
        xray_backends[ACCOUNT_ID][REGION].process_segment(document)
    except BadSegmentException:
        return  # the daemon, too, drops what X-Ray does not take
