"""Which version of a function a request reaches."""

import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import lambda_backends

from infra.local.account import ACCOUNT_ID, REGION

LATEST = "$LATEST"


@dataclass(frozen=True)
class Route:
    """Where a request goes: `resource` and `arn` name what was asked for, alias or version."""

    function: Any
    resource: str
    arn: str
    via_alias: bool


def backend(region: str = REGION) -> Any:
    """Give moto's Lambda of the account in a region."""
    return lambda_backends[ACCOUNT_ID][region]


def split(name_or_arn: str, qualifier: str | None = None) -> tuple[str, str]:
    """Take a function's name and qualifier out of a name, partial ARN or ARN.

    The forms: Lambda API Reference, "Invoke". No qualifier is an empty string.
    """
    _, found, rest = name_or_arn.rpartition(":function:")
    name, _, own = (rest if found else name_or_arn).partition(":")
    return name, own or qualifier or ""


def named(response: Any) -> str:
    """Give the function that the path of a request to Lambda's API names: a name or an ARN."""
    return unquote(response.path.split("/functions/")[1].split("/")[0])


def route(name: str, qualifier: str = "", region: str = REGION) -> Route:
    """Find the version that serves a request; an alias with weights gives its share to each.

    Raises moto's UnknownFunctionException where the function or the qualifier is unknown.
    """
    lambdas = backend(region)
    latest = lambdas.get_function(name)
    if not qualifier:
        return Route(latest, name, latest.function_arn, via_alias=False)
    resource = f"{name}:{qualifier}"
    arn = f"{latest.function_arn}:{qualifier}"
    alias = {alias.name: alias for alias in lambdas.list_aliases(name)}.get(qualifier)
    if alias is None:
        return Route(lambdas.get_function(name, qualifier), resource, arn, via_alias=False)
    version = _share(alias.function_version, alias.routing_config)
    return Route(lambdas.get_function(name, version), resource, arn, via_alias=True)


def _share(version: str, routing: dict[str, Any] | None) -> str:
    """Draw one of an alias's versions by its weights."""
    point = random.random()  # noqa: S311 - shares of traffic, no secret
    for other, weight in ((routing or {}).get("AdditionalVersionWeights") or {}).items():
        point -= float(weight)
        if point < 0:
            return str(other)
    return version
