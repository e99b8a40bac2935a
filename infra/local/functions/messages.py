"""HTTP requests as events, and answers of functions as HTTP responses.

Payload format 2.0: Lambda Developer Guide, "Invoking Lambda function URLs".
"""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
DEFAULT = "$default"


@dataclass(frozen=True)
class Response:
    """An HTTP response; each cookie is a Set-Cookie header of its own."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)


def event_of(
    environ: dict[str, Any], path: str, url_id: str, now: datetime, principal: dict[str, str] | None
) -> dict[str, Any]:
    """Make the event of a WSGI request to a function URL."""
    headers = _headers(environ)
    query = environ.get("QUERY_STRING", "")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": DEFAULT,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": principal["account"] if principal else "anonymous",
            "apiId": url_id,
            "domainName": headers.get("host", ""),
            "domainPrefix": url_id,
            "http": {
                "method": environ["REQUEST_METHOD"],
                "path": path,
                "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                "sourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid4()),
            "routeKey": DEFAULT,
            "stage": DEFAULT,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        **_body(environ, headers.get("content-type", "")),
    }
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if "cookie" in headers:
        event["cookies"] = [cookie.strip() for cookie in headers["cookie"].split(";")]
    if principal:
        event["requestContext"]["authorizer"] = {"iam": _identity(principal)}
    return event


def response_of(payload: bytes) -> Response:
    """Make the response from what the function answered.

    An answer without statusCode is the body itself, as JSON.
    """
    answer = json.loads(payload or b"null")
    if not (isinstance(answer, dict) and "statusCode" in answer):
        plain = answer.encode() if isinstance(answer, str) else payload
        return Response(200, {"Content-Type": "application/json"}, plain)
    body = answer.get("body") or ""
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {name: str(value) for name, value in (answer.get("headers") or {}).items()}
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return Response(
        status=int(answer["statusCode"]),
        headers=headers,
        body=base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode(),
        cookies=list(answer.get("cookies") or []),
    )


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or (name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    }
    return dict(sorted(headers.items()))


def _body(environ: dict[str, Any], content_type: str) -> dict[str, Any]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if not body:
        return {"isBase64Encoded": False}
    if content_type.startswith(TEXT_TYPES):
        return {"body": body.decode("utf-8", "replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _identity(principal: dict[str, str]) -> dict[str, Any]:
    return {
        "accessKey": principal["access_key_id"],
        "accountId": principal["account"],
        "callerId": principal["user_id"],
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": principal["arn"],
        "userId": principal["user_id"],
    }
