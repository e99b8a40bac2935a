"""Send all traffic of a function back to the version that it had before the promotion."""

from typing import Any

from tasks import aliases, digests, stacks
from tasks.errors import FunctionMissing
from tasks.runtime import client, raising, task

PERMISSIONS = {
    **dict.fromkeys(
        (
            "lambda:GetAlias",
            "lambda:UpdateAlias",
            "lambda:GetFunctionConfiguration",
            "lambda:ListVersionsByFunction",
        ),
        aliases.FUNCTION_ARN,
    ),
    "sts:AssumeRole": stacks.TARGET_ROLES,
}
ERRORS = aliases.ERRORS


@task
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    return restore(request["captured"], request["released"], client("lambda", request["target"]))


def restore(
    captured: dict[str, Any], released: list[dict[str, Any]], lambda_: Any
) -> dict[str, Any]:
    """Move the alias back, if all that it routes to is the captured version or the release.

    A version is the release's if its code has the digest of one of `released`: nothing needs
    to remember which number it got. Raises AliasMoved where somebody else's version has
    traffic: that is a person's to judge.
    """
    function, alias = captured["function"], captured["alias"]
    codes = {
        digests.base64_of(entry["sha256"]) for entry in released if entry["function"] == function
    }
    try:
        found = aliases.read(function, alias, lambda_)
    except FunctionMissing:
        if captured["version"]:
            raise
        return {"function": function, "version": "", "weights": {}, "restored": False}
    before = captured["version"] or first_version(function, codes, lambda_)
    wanted = aliases.Routing(before or found.routing.version, {})
    strangers = {found.routing.version, *found.routing.weights} - {wanted.version}
    if any(code_of(function, version, lambda_) not in codes for version in strangers):
        expected = f"version {wanted.version} or the release's"
        raise aliases.moved(function, alias, expected, found)
    now = aliases.move(function, alias, found, wanted, lambda_)
    return {
        "function": function,
        **now.routing._asdict(),
        "restored": found.routing != now.routing,
    }


def first_version(function: str, codes: set[str], lambda_: Any) -> str:
    """Find the version that a new function was made with: its oldest with other code.

    Empty where there is none.
    """
    with raising(ERRORS, function):
        pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        versions = [entry for page in pages for entry in page["Versions"]]
    numbers = [
        int(entry["Version"])
        for entry in versions
        if entry["Version"] != "$LATEST" and entry["CodeSha256"] not in codes
    ]
    return str(min(numbers)) if numbers else ""


def code_of(function: str, version: str, lambda_: Any) -> str:
    """Read the digest (base64) of a version's code."""
    with raising(ERRORS, f"{function}:{version}"):
        reply = lambda_.get_function_configuration(FunctionName=function, Qualifier=version)
    return reply["CodeSha256"]
