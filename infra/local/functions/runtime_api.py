"""The Lambda runtime API, served on loopback for one process.

The requests: AWS Lambda Developer Guide, "Using the Lambda runtime API".
"""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import BinaryIO

PREFIX = "/2018-06-01/runtime"
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Invocation:
    """One event on its way to a handler; `timeout` in seconds."""

    request_id: str
    payload: bytes
    arn: str
    trace: str
    timeout: float
    client_context: str = ""


@dataclass(frozen=True)
class Report:
    """What became of a process or an invocation.

    `kind` is started, response, error, init_error or exit; `at` is time.monotonic().
    """

    kind: str
    request_id: str = ""
    body: bytes = b""
    status: int = 0
    at: float = field(default_factory=time.monotonic)


class RuntimeApi:
    """Hands invocations to one process, in order, and reports what it answers."""

    def __init__(self) -> None:
        self.reports: SimpleQueue[Report] = SimpleQueue()
        self._waiting: SimpleQueue[Invocation | None] = SimpleQueue()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, name="runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port, for AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def offer(self, invocation: Invocation) -> None:
        """Give the process its next invocation."""
        self._waiting.put(invocation)

    def close(self) -> None:
        """Stop listening; a process that waits for its next invocation is let go."""
        self._waiting.put(None)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as reader, contextlib.suppress(OSError):
            while request := _read(reader):
                method, path, body = request
                if (method, path) == ("GET", f"{PREFIX}/invocation/next"):
                    invocation = self._waiting.get()
                    if invocation is None or _closed(connection):
                        return
                    connection.sendall(self._next(invocation))
                else:
                    connection.sendall(self._answer(method, path, body))

    def _answer(self, method: str, path: str, body: bytes) -> bytes:
        parts = path.removeprefix(PREFIX).strip("/").split("/")
        if (method, parts) == ("POST", ["init", "error"]):
            self.reports.put(Report("init_error", body=body))
            return ACCEPTED
        if method == "POST" and len(parts) == 3 and parts[2] in ("response", "error"):
            self.reports.put(Report(parts[2], request_id=parts[1], body=body))
            return ACCEPTED
        return NOT_FOUND

    def _next(self, invocation: Invocation) -> bytes:
        self.reports.put(Report("started", request_id=invocation.request_id))
        headers = [
            "HTTP/1.1 200 OK",
            "Content-Type: application/json",
            f"Content-Length: {len(invocation.payload)}",
            f"Lambda-Runtime-Aws-Request-Id: {invocation.request_id}",
            f"Lambda-Runtime-Deadline-Ms: {int((time.time() + invocation.timeout) * 1000)}",
            f"Lambda-Runtime-Invoked-Function-Arn: {invocation.arn}",
            f"Lambda-Runtime-Trace-Id: {invocation.trace}",
        ]
        if invocation.client_context:
            headers.append(f"Lambda-Runtime-Client-Context: {invocation.client_context}")
        return "\r\n".join([*headers, "", ""]).encode() + invocation.payload


def _closed(connection: socket.socket) -> bool:
    """Tell whether the process at the other end is gone; while it waits it sends nothing."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False


def _read(reader: BinaryIO) -> tuple[str, str, bytes] | None:
    """Read one HTTP request as method, path and body; None at the end of the connection."""
    line = reader.readline()
    if not line.strip():
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    length = 0
    while (header := reader.readline().strip()) != b"":
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return method, path, reader.read(length)
