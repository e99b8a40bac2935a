"""The version of a function that a drill breaks on purpose, and how it is told from all others."""

from collections.abc import Mapping
from typing import Any

from tasks import aliases
from tasks.errors import FunctionBroken
from tasks.runtime import raising

# A version of a function, never the function itself.
VERSION_ARN = f"{aliases.FUNCTION_ARN}:*"
READS = dict.fromkeys(
    ("lambda:GetAlias", "lambda:GetFunctionConfiguration", "lambda:ListVersionsByFunction"),
    aliases.FUNCTION_ARN,
)


def handler_of(prefix: str) -> str:
    """Name a handler that no function has, another one for each drill."""
    return f"{prefix.replace('-', '_')}.no_such_handler"


def find(function: str, handler: str, lambda_: Any) -> list[dict[str, Any]]:
    """List the versions that a drill broke: those with the handler that it gave $LATEST.

    That is one, unless somebody published $LATEST in the very moment.
    """
    with raising(aliases.ERRORS, function):
        pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        return [
            version
            for page in pages
            for version in page["Versions"]
            if version["Version"] != "$LATEST" and version.get("Handler", "") == handler
        ]


def latest(function: str, lambda_: Any) -> dict[str, Any]:
    """Read the configuration of $LATEST."""
    with raising(aliases.ERRORS, function):
        return dict(lambda_.get_function_configuration(FunctionName=function))


def settled(configuration: Mapping[str, Any]) -> bool:
    """Tell whether Lambda has ended its work on a function or version; raises FunctionBroken.

    Source: Lambda Developer Guide, "Lambda function states".
    """
    states = {configuration.get("State"), configuration.get("LastUpdateStatus")}
    if "Failed" in states:
        reason = configuration.get("LastUpdateStatusReason") or configuration.get("StateReason")
        raise FunctionBroken(
            f"Lambda could not bring {configuration['FunctionName']} up: "
            f"{reason or 'no reason given'}."
        )
    return not states & {"Pending", "InProgress"}


def set_handler(found: Mapping[str, Any], handler: str, lambda_: Any) -> None:
    """Give $LATEST a handler, unless somebody changed it since it was read."""
    name = found["FunctionName"]
    with raising(aliases.ERRORS, name):
        lambda_.update_function_configuration(
            FunctionName=name, Handler=handler, RevisionId=found["RevisionId"]
        )
