"""The Invoke API: what a request may carry, and how its answer looks.

Lambda API Reference, "Invoke".
"""

import base64
import json
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse

from infra.local.account import Account
from infra.local.functions.asynchronous import EventQueue
from infra.local.functions.errors import InvalidRequestContent, RequestTooLarge
from infra.local.functions.invoker import Invoker, Outcome, Request, Throttled
from infra.local.functions.routing import named, route, split
from infra.local.patching import replace

# Lambda Developer Guide, "Lambda quotas".
LARGEST_EVENT = 6 * 1024 * 1024
LARGEST_ASYNCHRONOUS_EVENT = 1024 * 1024
REQUEST_ID = "x-amzn-requestid"
Answer = tuple[int, dict[str, str], bytes]


def install(account: Account, invoker: Invoker, events: EventQueue) -> None:
    """Answer Invoke with real processes; moto's own way needs Docker."""

    def invoked(self: Any) -> Answer:
        request = _request(self)
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        _check_size(request, kind)
        if kind == "RequestResponse":
            return _answer(self, invoker, request)
        route(request.name, request.qualifier, request.region)
        if kind == "DryRun":
            return 204, {"status": "204"}, b""
        events.put(request)
        return 202, {"status": "202", REQUEST_ID: request.request_id}, b""

    def invoked_by_service(self: Any, body: Any, request_headers: Any, headers: Any) -> bytes:
        payload = body.encode() if isinstance(body, str) else body or b"{}"
        version = "" if str(self.version) == "$LATEST" else str(self.version)
        events.put(Request(self.function_name, payload, version, self.region))
        return b""

    def enriched(headers: dict[str, Any], body: Any) -> tuple[dict[str, Any], Any]:
        own = headers.get(REQUEST_ID)
        headers, body = plain_enrich(headers, body)
        if own:
            headers[REQUEST_ID] = own
        return headers, body

    # moto makes up a request id for each answer; a function's is also in its log.
    plain_enrich = replace(account, LambdaResponse, "_enrich_response", staticmethod(enriched))
    replace(account, LambdaResponse, "invoke", invoked)
    replace(account, LambdaResponse, "invoke_async", invoked)
    # moto's other services call this one; on AWS they invoke asynchronously.
    replace(account, LambdaFunction, "invoke", invoked_by_service)


def _request(response: Any) -> Request:
    name, qualifier = split(
        named(response),
        response.querystring.get("Qualifier", [None])[0],
    )
    payload = (response.body or "{}").encode()
    try:
        json.loads(payload)
    except ValueError as error:
        raise InvalidRequestContent(error) from error
    return Request(
        name=name,
        payload=payload,
        qualifier=qualifier,
        region=response.region,
        trace=response.headers.get("X-Amzn-Trace-Id") or "",
        client_context=_context(response.headers.get("X-Amz-Client-Context")),
    )


def _context(header: str | None) -> str:
    return base64.b64decode(header).decode() if header else ""


def _check_size(request: Request, kind: str) -> None:
    largest = LARGEST_ASYNCHRONOUS_EVENT if kind == "Event" else LARGEST_EVENT
    if len(request.payload) > largest:
        raise RequestTooLarge(largest)


def _answer(response: Any, invoker: Invoker, request: Request) -> Answer:
    try:
        outcome = invoker.invoke(request)
    except Throttled:
        body = {
            "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
            "Type": "User",
            "message": "Rate Exceeded.",
        }
        headers = {
            "status": "429",
            "x-amzn-ErrorType": "TooManyRequestsException",
            "Retry-After": "1",
        }
        return 429, headers, json.dumps(body).encode()
    return 200, _headers(response, request, outcome), outcome.payload


def _headers(response: Any, request: Request, outcome: Outcome) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "x-amz-executed-version": outcome.version,
        REQUEST_ID: request.request_id,
        "X-Amzn-Trace-Id": outcome.trace,
    }
    if outcome.failed:
        headers["x-amz-function-error"] = "Unhandled"
    if response.headers.get("X-Amz-Log-Type") == "Tail":
        headers["x-amz-log-result"] = base64.b64encode(outcome.tail).decode()
    return headers
