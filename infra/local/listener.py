"""The HTTP side of the embedded account: a threaded WSGI server on loopback."""

import io
import logging
import socket
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

LOOPBACK = "127.0.0.1"
log = logging.getLogger(__name__)


class PortInUse(Exception):
    """Another program listens on the port that was asked for."""


class Handler(MotoRequestHandler):
    """Serve one connection, which stays open between requests.

    Werkzeug's own handler closes each connection because it does not drain request bodies;
    this one reads the body before the application runs and answers with a length, so that an
    SDK's connection pool works.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits for the client's delayed ACK
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Answer one request."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        self.environ = environ = self.make_environ()
        self._read_body(environ)
        status, headers, body = self._call(environ)
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        bodiless = int(code) < HTTPStatus.OK or int(code) in (
            HTTPStatus.NO_CONTENT,
            HTTPStatus.NOT_MODIFIED,
        )
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        if not bodiless and not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not bodiless and environ["REQUEST_METHOD"] != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Keep the access log quiet unless someone asks for debug output."""
        log.debug("%s %s", self.requestline, code)

    @staticmethod
    def _read_body(environ: dict[str, Any]) -> None:
        if environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read()
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        else:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["daytwo.body"] = body

    def _call(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        answer: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
            answer[:] = [status, headers]
            return lambda data: None

        try:
            chunks: Iterable[bytes] = self.server.app(environ, start_response)
            body = b"".join(chunks)
            getattr(chunks, "close", lambda: None)()
            return answer[0], answer[1], body
        except Exception:
            log.exception("%s failed", self.requestline)
            return "500 Internal Server Error", [], b'{"message": "InternalFailure"}'


def bind(port: int) -> socket.socket:
    """Take a port on loopback; 0 takes any free one.

    Raises PortInUse when it is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"port {port} of {LOOPBACK} cannot be used ({error.strerror}); "
            "end what listens there, or choose another with --port"
        ) from error
    return listener


def make_listener(bound: socket.socket, app: Any) -> BaseWSGIServer:
    """Make the server for an already bound socket; `serve_forever()` runs it."""
    bound.listen(128)
    port = bound.getsockname()[1]
    return make_server(
        LOOPBACK, port, app, threaded=True, request_handler=Handler, fd=bound.fileno()
    )
