"""Function URLs: what moto keeps of them, served under /lambda-url/ of the account.

The rules: Lambda Developer Guide, "Creating and managing Lambda function URLs".
"""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from moto.awslambda.exceptions import GenericResourcNotFound
from moto.awslambda.models import FunctionUrlConfig, LambdaBackend, lambda_backends
from moto.awslambda.responses import LambdaResponse

from infra.local.account import ACCOUNT_ID, Account
from infra.local.functions.errors import ResourceConflict
from infra.local.functions.invoker import Invoker, Request, Throttled
from infra.local.functions.messages import Response, event_of, response_of
from infra.local.functions.routing import named, split
from infra.local.patching import replace

STATUSES = {"create": 201, "get": 200, "update": 200, "delete": 204}
PATH = "/lambda-url/"
FORBIDDEN = Response(403, {"Content-Type": "application/json"}, b'{"Message":"Forbidden"}')
FAILED = Response(502, {"Content-Type": "application/json"}, b'{"Message":"Internal Server Error"}')
BUSY = Response(429, {"Content-Type": "application/json"}, b'{"Message":"Rate Exceeded."}')


def install(account: Account) -> None:
    """Give functions and aliases URLs that lead to this account."""

    def begun(self: Any, function: Any, config: dict[str, Any]) -> None:
        plain_begin(self, function, config)
        self.qualifier = config.get("Qualifier") or ""
        self.id = uuid4().hex
        self.url = f"{account.endpoint}{PATH}{self.id}/"

    def described(self: Any) -> dict[str, Any]:
        config = plain_describe(self)
        if self.qualifier:
            config["FunctionArn"] += f":{self.qualifier}"
        config["InvokeMode"] = self.config.get("InvokeMode") or "BUFFERED"
        return {name: value for name, value in config.items() if value is not None}

    # moto's URLs lead to AWS, and a function has one at most, whatever the qualifier.
    plain_begin = replace(account, FunctionUrlConfig, "__init__", begun)
    plain_describe = replace(account, FunctionUrlConfig, "to_dict", described)
    for action, method in ACTIONS.items():
        replace(account, LambdaBackend, f"{action}_function_url_config", method)
    for action, status in STATUSES.items():
        name = f"{action}_function_url_config"
        replace(account, LambdaResponse, name, _responder(name, status))


class FunctionUrls:
    """A WSGI application that answers function URLs and passes everything else on."""

    def __init__(self, app: Any, account: Account, invoker: Invoker) -> None:
        self._app = app
        self._account = account
        self._invoker = invoker

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; `daytwo.principal` of the environment is who has signed it."""
        whole = environ.get("PATH_INFO", "")
        if not whole.startswith(PATH):
            passed: Iterable[bytes] = self._app(environ, start_response)
            return passed
        url_id, _, path = whole.removeprefix(PATH).partition("/")
        response = self._answer(environ, url_id, f"/{path}")
        headers = list(response.headers.items())
        headers += [("Set-Cookie", cookie) for cookie in response.cookies]
        start_response(_status_line(response.status), headers)
        return [response.body]

    def _answer(self, environ: dict[str, Any], url_id: str, path: str) -> Response:
        config = _find(url_id)
        principal = environ.get("daytwo.principal")
        if config is None:
            return FORBIDDEN
        if config.config.get("AuthType") != "NONE" and not principal:
            return FORBIDDEN
        signed = principal if config.config.get("AuthType") != "NONE" else None
        event = event_of(environ, path, url_id, self._account.clock.now(), signed)
        request = Request(
            name=config.function.function_name,
            payload=json.dumps(event).encode(),
            qualifier=config.qualifier,
            region=config.function.region,
            trace=environ.get("HTTP_X_AMZN_TRACE_ID", ""),
            request_id=event["requestContext"]["requestId"],
        )
        try:
            outcome = self._invoker.invoke(request)
        except Throttled:
            return BUSY
        return FAILED if outcome.failed else _mapped(outcome.payload)


def _status_line(status: int) -> str:
    known = status in set(HTTPStatus)
    return f"{status} {HTTPStatus(status).phrase if known else 'Unknown'}"


def _mapped(payload: bytes) -> Response:
    try:
        return response_of(payload)
    except (ValueError, TypeError, AttributeError):
        return FAILED  # a malformed answer, as on AWS


def _find(url_id: str) -> Any:
    """Find the configuration of a URL in any region; None where there is none."""
    for lambdas in lambda_backends[ACCOUNT_ID].values():
        for function in lambdas.list_functions():
            for config in _configs(function).values():
                if config.id == url_id:
                    return config
    return None


def _configs(function: Any) -> dict[str, Any]:
    """Give the URL configurations of a function by qualifier; the unqualified one is ""."""
    if not hasattr(function, "url_configs"):
        function.url_configs = {}
    configs: dict[str, Any] = function.url_configs
    return configs


def _create(self: Any, name_or_arn: str, config: dict[str, Any]) -> Any:
    name, qualifier = split(name_or_arn, config.get("Qualifier"))
    function = self.get_function(name)
    if qualifier:
        self.get_alias(qualifier, name)
    if qualifier in _configs(function):
        raise ResourceConflict(
            f"Failed to create function url config for [functionArn = "
            f"{function.function_arn}]. Error message:  FunctionUrlConfig exists for this Lambda"
        )
    made = FunctionUrlConfig(function, {**config, "Qualifier": qualifier})
    _configs(function)[qualifier] = made
    return made


def _get(self: Any, name_or_arn: str, qualifier: str = "") -> Any:
    name, asked = split(name_or_arn, qualifier)
    config = _configs(self.get_function(name)).get(asked)
    if config is None:
        raise GenericResourcNotFound
    return config


def _update(self: Any, name_or_arn: str, config: dict[str, Any]) -> Any:
    found = _get(self, name_or_arn, config.get("Qualifier") or "")
    found.update(config)
    return found


def _delete(self: Any, name_or_arn: str, qualifier: str = "") -> None:
    found = _get(self, name_or_arn, qualifier)
    del _configs(found.function)[found.qualifier]


def _responder(action: str, status: int) -> Any:
    """Make the method that answers an action, with the Qualifier that moto does not read."""

    def answer(self: Any) -> tuple[int, dict[str, Any], str]:
        name = named(self)
        qualifier = self.querystring.get("Qualifier", [""])[0]
        act = getattr(self.backend, action)
        if action.startswith(("create", "update")):
            config = act(name, {**json.loads(self.body or "{}"), "Qualifier": qualifier})
        else:
            config = act(name, qualifier)
        return status, {"status": status}, json.dumps(config.to_dict()) if config else ""

    return answer


ACTIONS = {"create": _create, "get": _get, "update": _update, "delete": _delete}
