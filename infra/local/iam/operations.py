"""Which operation a signed request asks for, and with which parameters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import BotoCoreError
from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException

# Signing names whose service model has another name in the SDK.
MODELS = {
    "elasticfilesystem": "efs",
    "email": "ses",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
XML_SERVICES = ("cloudfront", "route53")


class UnknownOperation(Exception):
    """The request fits no operation of the service that it was signed for."""


@dataclass(frozen=True)
class Operation:
    """One API call: service as it was signed for, the API's operation, its parameters.

    Parameters of a query API keep their flat names (`InstanceId.1`); those of a REST API
    come from path, query string and JSON body together.
    """

    service: str
    name: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def text(self, *names: str) -> str:
        """Give the first of these parameters that is a string, or nothing."""
        values = (self.parameters.get(name) for name in names)
        return next((value for value in values if isinstance(value, str) and value), "")

    def texts(self, name: str) -> list[str]:
        """Give all values of a list parameter, in whichever way the protocol writes lists."""
        value = self.parameters.get(name)
        if isinstance(value, list):
            return [each for each in value if isinstance(each, str)]
        if isinstance(value, str):
            return [value]
        return [
            each
            for key, each in self.parameters.items()
            if key.startswith(f"{name}.") and key.rpartition(".")[2].isdigit()
        ]


def protocol(service: str, environ: Mapping[str, Any]) -> str:
    """Tell how the caller speaks: s3, ec2, query, json, rest-json or rest-xml."""
    if service in ("s3", "ec2"):
        return service
    if environ.get("HTTP_X_AMZ_TARGET"):
        return "json"
    if _has_action(environ):
        return "query"
    return "rest-xml" if service in XML_SERVICES else "rest-json"


def _has_action(environ: Mapping[str, Any]) -> bool:
    form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    return form or "Action=" in environ.get("QUERY_STRING", "")


def identify(service: str, environ: Mapping[str, Any], body: bytes) -> Operation:
    """Find the operation.

    Raises UnknownOperation, also where the body does not parse.
    """
    spoken = protocol(service, environ)
    try:
        if spoken == "json":
            if _has_action(environ):
                raise ValueError("it names two operations")
            name = environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2]
            return Operation(service, name, _json_object(body))
        if spoken in ("query", "ec2"):
            text = body.decode() + "&" + environ.get("QUERY_STRING", "")
            parameters: dict[str, Any] = {}
            for key, value in parse_qsl(text, keep_blank_values=True):
                parameters.setdefault(key, value)  # the first counts, as it does to moto
            return Operation(service, parameters.pop("Action"), parameters)
        return _rest(service, spoken, environ, body)
    except (ValueError, KeyError, HTTPException, NotImplementedError, BotoCoreError) as error:
        line = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO')}"
        raise UnknownOperation(f"{line} is no request that {service} knows") from error


def _rest(service: str, spoken: str, environ: Mapping[str, Any], body: bytes) -> Operation:
    request = Request({**environ})
    operation, labels = get_service_router(MODELS.get(service, service)).match(request)
    parameters = {**request.args.to_dict(), **labels}
    if spoken == "rest-json" and body.lstrip()[:1] == b"{" and operation.name not in RAW_BODIES:
        parameters = {**json.loads(body), **parameters}
    headers = {
        key.removeprefix("HTTP_").replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_X_AMZ_")
    }
    return Operation(service, operation.name, parameters, headers, body)


# Their body is the caller's own document, whose fields are no parameters.
RAW_BODIES = ("Invoke", "InvokeAsync", "InvokeWithResponseStream")


def _json_object(body: bytes) -> dict[str, Any]:
    document = json.loads(body or b"{}")
    if not isinstance(document, dict):
        raise ValueError("the body is no JSON object")
    return document
