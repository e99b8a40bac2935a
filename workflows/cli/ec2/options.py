"""The options of each action on EC2 instances, as the schemas describe them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from schemas import validation

MOVING = ("drain", "drain_seconds", "standby", "emergency")
STARTING = ("verify_seconds", "status_checks", "fallback_types")
# Descriptions begin with the actions that an option is for, where it is not for all.
FOR_ACTIONS = re.compile(r"^[a-z0-9_, ]+: ")


@dataclass(frozen=True)
class Action:
    """An action on the command line: its one line, its options, those that must be given."""

    words: str
    options: tuple[str, ...]
    required: tuple[str, ...] = ()

    @property
    def all_options(self) -> tuple[str, ...]:
        """The names of its options in the schema, the required ones first."""
        return (*self.required, *(name for name in self.options if name not in self.required))


ACTIONS = {
    "start": Action("Start instances and see them pass their status checks.", STARTING),
    "stop": Action(
        "Stop instances and see them stopped.",
        (*MOVING, "verify_seconds", "force", "accept_data_loss"),
    ),
    "hibernate": Action(
        "Hibernate instances and see them stopped.",
        (*MOVING, "verify_seconds", "accept_data_loss"),
    ),
    "reboot": Action(
        "Reboot instances and see them pass their status checks.",
        (*MOVING, "verify_seconds", "status_checks"),
    ),
    "resize": Action(
        "Give instances another type; what fails gets its type and state back.",
        (*MOVING, *STARTING, "accept_data_loss"),
        ("instance_type",),
    ),
    "replace": Action(
        "Put a new instance in the place of each, verified before the old one leaves.",
        (
            *MOVING,
            *STARTING,
            "image_id",
            "launch_template",
            "fallback_subnets",
            "accept_data_loss",
        ),
    ),
    "snapshot": Action(
        "Take snapshots of instances' volumes.", ("verify_seconds", "exclude_root_volume")
    ),
    "patch": Action(
        "Patch instances; the root volume is put back where that fails.",
        (*MOVING, "verify_seconds", "status_checks", "patch_operation", "patch_seconds"),
    ),
    "terminate": Action(
        "Terminate instances that are named by their ids.", (*MOVING, "verify_seconds")
    ),
    "enforce-imdsv2": Action(
        "Require version 2 of the instance metadata service.", ("verify_seconds", "hop_limit")
    ),
    "isolate": Action(
        "Cut instances off for forensics, reversibly.",
        ("verify_seconds", "quarantine_security_group"),
    ),
    "release-isolation": Action("Give isolated instances back what they had.", ("verify_seconds",)),
}


def schema_name(command: str) -> str:
    """Give an action's name in a request, which has `_` where the command line has `-`."""
    return command.replace("-", "_")


def action_options(action: Action) -> list[Callable[[Any], Any]]:
    """List the options of an action for click, each described by its schema."""
    described = validation.load("ec2")["$defs"]["options"]["properties"]
    return [_option(name, described[name], name in action.required) for name in action.all_options]


def _option(name: str, described: dict[str, Any], required: bool) -> Callable[[Any], Any]:
    # None for what is not given, so that the request has only what somebody decided.
    flag, kind = f"--{name.replace('_', '-')}", described.get("type")
    words = FOR_ACTIONS.sub("", described["description"])
    text = f"{words[:1].upper()}{words[1:]}{_default(described)}."
    if kind == "boolean":
        declared = f"{flag}/--no-{flag.removeprefix('--')}" if described["default"] else flag
        return click.option(declared, name, is_flag=True, default=None, help=text)
    if kind == "array":
        one, text = flag.removesuffix("s"), f"{text} Repeatable."
        return click.option(one, name, multiple=True, metavar="NAME", help=text)
    return click.option(flag, name, type=_type(described), required=required, help=text)


def _default(described: dict[str, Any]) -> str:
    default = described.get("default")
    return "" if default in (None, False, True, []) else f" [default: {default}]"


def _type(described: dict[str, Any]) -> click.ParamType:
    if "enum" in described:
        return click.Choice(described["enum"], case_sensitive=False)
    if described["type"] == "integer":
        return click.IntRange(described["minimum"], described["maximum"])
    return click.STRING
