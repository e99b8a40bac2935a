"""Requests as the SDK signs and sends them, caught before they leave."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from botocore.config import Config

KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI",
}
Environ = dict[str, Any]


class Caught(Exception):
    """Carries the prepared request out of the SDK."""


@pytest.fixture
def sent() -> Callable[..., Environ]:
    """Give a function that makes the WSGI environ of an SDK call: sent("s3", "list_buckets")."""

    def send(service: str, method: str, **parameters: Any) -> Environ:
        keys = parameters.pop("_keys", KEYS)
        client = boto3.client(
            service,  # type: ignore[call-overload]
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:4577",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
            **keys,
        )

        def catch(request: Any, **_: Any) -> None:
            raise Caught(request)

        client.meta.events.register("before-send", catch)
        with pytest.raises(Caught) as caught:
            getattr(client, method)(**parameters)
        return environ_of(caught.value.args[0])

    return send


@pytest.fixture(name="environ_of")
def environ_of_fixture() -> Callable[[Any], Environ]:
    """Give the function that makes a WSGI environ of a prepared request."""
    return environ_of


def environ_of(request: Any) -> Environ:
    """Turn a prepared request into what the listener hands to the guard."""
    url = urlsplit(request.url)
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    raw = url.path + (f"?{url.query}" if url.query else "")
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path),
        "QUERY_STRING": url.query,
        "RAW_URI": raw,
        "REQUEST_URI": raw,
        "HTTP_HOST": url.netloc,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "4577",
        "wsgi.url_scheme": "http",
        "daytwo.body": body.encode() if isinstance(body, str) else body,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        prefix = "" if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
        environ[prefix + key] = value.decode() if isinstance(value, bytes) else value
    return environ
