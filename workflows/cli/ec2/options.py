"""The options of each action on EC2 instances, as the schemas describe them."""

import re
from collections.abc import Callable
from typing import Any

import click

from schemas import validation
from tasks.fleets.operation_options import BY_EVERY_ACTION, USED

# Descriptions begin with the actions that an option is for, where it is not for all.
FOR_ACTIONS = re.compile(r"^[a-z0-9_, ]+: ")
# Without these an action does not know what to do.
REQUIRED = {"resize": ("instance_type",)}
# What is typed often has a short name beside its own.
SHORT = {"instance_type": ("--type",)}

ACTIONS = {
    "start": "Start instances and see them pass their status checks.",
    "stop": "Stop instances and see them stopped.",
    "hibernate": "Hibernate instances and see them stopped.",
    "reboot": "Reboot instances and see them pass their status checks.",
    "resize": "Give instances another type; what fails gets its type and state back.",
    "replace": "Put a new instance in the place of each, verified before the old one leaves.",
    "snapshot": "Take snapshots of instances' volumes.",
    "patch": "Patch instances; the root volume is put back where that fails.",
    "terminate": "Terminate instances that are named by their ids.",
    "enforce-imdsv2": "Require version 2 of the instance metadata service.",
    "isolate": "Cut instances off for forensics, reversibly.",
    "release-isolation": "Give isolated instances back what they had.",
}


def schema_name(command: str) -> str:
    """Give an action's name in a request, which has `_` where the command line has `-`."""
    return command.replace("-", "_")


def option_names(command: str) -> list[str]:
    """List the options of an action in the schema's order, those that must be given first."""
    action = schema_name(command)
    takes = USED[action] | BY_EVERY_ACTION
    required = REQUIRED.get(command, ())
    return [*required, *(name for name in described() if name in takes - set(required))]


def described() -> dict[str, Any]:
    """Give what the schema says of each option of an operation."""
    found: dict[str, Any] = validation.load("ec2")["$defs"]["options"]["properties"]
    return found


def action_options(command: str) -> list[Callable[[Any], Any]]:
    """List the options of an action for click, each described by its schema."""
    required = REQUIRED.get(command, ())
    return [_option(name, described()[name], name in required) for name in option_names(command)]


def _option(name: str, schema: dict[str, Any], required: bool) -> Callable[[Any], Any]:
    # None for what is not given, so that the request has only what somebody decided.
    flag, kind = f"--{name.replace('_', '-')}", schema.get("type")
    words = FOR_ACTIONS.sub("", schema["description"])
    text = f"{words[:1].upper()}{words[1:]}{_default(schema)}."
    if kind == "boolean":
        declared = f"{flag}/--no-{flag.removeprefix('--')}" if schema["default"] else flag
        return click.option(declared, name, is_flag=True, default=None, help=text)
    if kind == "array":
        one, text = flag.removesuffix("s"), f"{text} Repeatable."
        return click.option(one, name, multiple=True, metavar="NAME", help=text)
    flags = (*SHORT.get(name, ()), flag)
    return click.option(*flags, name, type=_type(schema), required=required, help=text)


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return "" if default in (None, False, True, []) else f" [default: {default}]"


def _type(schema: dict[str, Any]) -> click.ParamType:
    if "enum" in schema:
        return click.Choice(schema["enum"], case_sensitive=False)
    if schema["type"] == "integer":
        return click.IntRange(schema["minimum"], schema["maximum"])
    return click.STRING
