"""A statement's Condition; AWS page "IAM JSON policy elements: Condition operators"."""

import fnmatch
import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

# Condition keys in lower case, and what the request has for them.
Context = Mapping[str, str | list[str]]

# Keys that a request's context has where they apply; any other key is not judged here.
KNOWN_KEYS = frozenset(
    {
        "aws:calledvia",
        "aws:currenttime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
        "cloudformation:changesetname",
        "cloudformation:rolearn",
        "cloudwatch:namespace",
        "iam:passedtoservice",
        "lambda:functionurlauthtype",
        "lambda:invokedviafunctionurl",
        "s3:prefix",
        "sts:externalid",
        "sts:rolesessionname",
    }
)

# Stands in a context alone, before the tags' keys, where the resource's tags are known.
RESOURCE_TAG = "aws:resourcetag/"


class Unsupported(Exception):
    """A policy asks for a condition that the embedded account cannot judge."""


def hold(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Tell whether all conditions hold.

    Raises Unsupported for an operator or a key that is not known here.
    """
    return all(
        _holds(operator, key, [str(each) for each in listed(expected)], context)
        for operator, keys in condition.items()
        for key, expected in keys.items()
    )


def _holds(name: str, key: str, expected: list[str], context: Context) -> bool:
    if not _is_known(key.lower(), context):
        raise Unsupported(f"condition key {key} is not known to the embedded account")
    quantifier, _, operator = name.rpartition(":")
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    actual = context.get(key.lower())
    if operator == "Null":
        return (actual is None) == (expected[0].lower() == "true")
    negated = "Not" in operator
    compare = COMPARISONS.get(operator.replace("Not", ""))
    if compare is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise Unsupported(f"condition operator {name} is not known to the embedded account")
    if actual is None:
        return if_exists or negated or quantifier == "ForAllValues"
    found = [
        any(_compared(compare, each, want, name) for want in expected) is not negated
        for each in listed(actual)
    ]
    return any(found) if quantifier == "ForAnyValue" else all(found)


def _is_known(key: str, context: Context) -> bool:
    return key in KNOWN_KEYS or (key.startswith(RESOURCE_TAG) and RESOURCE_TAG in context)


def _compared(compare: Callable[[str, str], bool], actual: str, want: str, name: str) -> bool:
    if "${" in want:
        raise Unsupported(f"policy variable in {want!r} is not known to the embedded account")
    try:
        return compare(actual, want)
    except ValueError as error:
        raise Unsupported(f"{name} cannot compare {actual!r} with {want!r}") from error


def _like(actual: str, pattern: str) -> bool:
    # fnmatch has [...] beside * and ?; policies do not.
    return fnmatch.fnmatchcase(actual, pattern.replace("[", "[[]"))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _within(actual: str, network: str) -> bool:
    return ipaddress.ip_address(actual) in ipaddress.ip_network(network, strict=False)


COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda actual, want: actual == want,
    "StringEqualsIgnoreCase": lambda actual, want: actual.lower() == want.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda actual, want: actual.lower() == want.lower(),
    "NumericEquals": lambda actual, want: float(actual) == float(want),
    "NumericLessThan": lambda actual, want: float(actual) < float(want),
    "NumericLessThanEquals": lambda actual, want: float(actual) <= float(want),
    "NumericGreaterThan": lambda actual, want: float(actual) > float(want),
    "NumericGreaterThanEquals": lambda actual, want: float(actual) >= float(want),
    "DateEquals": lambda actual, want: _moment(actual) == _moment(want),
    "DateLessThan": lambda actual, want: _moment(actual) < _moment(want),
    "DateLessThanEquals": lambda actual, want: _moment(actual) <= _moment(want),
    "DateGreaterThan": lambda actual, want: _moment(actual) > _moment(want),
    "DateGreaterThanEquals": lambda actual, want: _moment(actual) >= _moment(want),
    "IpAddress": _within,
}


def listed(value: Any) -> list[Any]:
    """Give a list where a policy may have either one thing or a list of them."""
    return value if isinstance(value, list) else [value]
