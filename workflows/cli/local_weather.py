"""`daytwo local weather`: what goes wrong on the embedded account, while it runs."""

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from infra.local import state
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say, table

DEFAULT_PART = "ec2"
LISTS = {"id": "ids", "type": "types", "zone": "zones", "action": "actions"}
COUNTS = ("spares", "times")
WORDS = {"on": True, "true": True, "off": False, "false": False}

workdir_option = click.option(
    "--workdir",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Where its files stand [default: {state.DIRECTORY_VARIABLE} or .daytwo/local].",
)


def with_controls(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the running account's own API, and put its refusals into words."""

    @workdir_option
    @wraps(command)
    def call(*args: Any, workdir: Path | None, **kwargs: Any) -> None:
        from infra.local.control import NotStarted, attach
        from infra.local.controls import Refused

        try:
            command(attach(state.directory(workdir)).controls, *args, **kwargs)
        except (NotStarted, Refused) as failure:
            raise CommandError(str(failure)) from failure

    return call


@click.group()
def weather() -> None:
    """Slow, throttle and break what runs on the embedded account; calm ends it."""


@weather.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_controls
def show(controls: Any, as_json: bool) -> None:
    """Show the settings, the faults that are on, and those that there are."""
    found = controls.describe_weather()
    if as_json:
        print_json(found)
        return
    settings = [
        (f"{part}.{name}", _value(value))
        for part, each in found.items()
        for name, value in each["settings"].items()
    ]
    table("Settings", ("name", "value"), settings)
    faults = [
        (f"{part}.{fault['kind']}", _conditions(fault), _left(fault))
        for part, each in found.items()
        for fault in each["faults"]
    ]
    table("Faults that are on", ("fault", "befalls", "times"), faults)
    kinds = [
        (f"{part}.{kind}", words)
        for part, each in found.items()
        for kind, words in each["kinds"].items()
    ]
    table("Faults that there are", ("fault", "what happens"), kinds)


@weather.command("set")
@click.argument("settings", nargs=-1, required=True, metavar="NAME=VALUE...")
@with_controls
def set_(controls: Any, settings: tuple[str, ...]) -> None:
    """Set seconds of the account's clock, or turn something on or off.

    A name without a part is EC2's: pending=30 throttling=on elbv2.initial=20.
    """
    parts: dict[str, dict[str, float | bool]] = {}
    for each in settings:
        name, value = _pair(each)
        part, setting = _split(name)
        parts.setdefault(part, {})[setting] = _setting(name, value)
    for part, chosen in parts.items():
        controls.set(part, **chosen)
    say("The weather is set: daytwo local weather show")


@weather.command()
@click.argument("fault")
@click.argument("conditions", nargs=-1, metavar="[CONDITION=VALUE]...")
@with_controls
def add(controls: Any, fault: str, conditions: tuple[str, ...]) -> None:
    """Let something go wrong, such as no_capacity type=m5.large zone=us-east-1a spares=3.

    Conditions: id, type, zone and action (several with commas); spares (how many it lets
    pass before), times (how many it befalls then); code and message of an error.
    """
    part, kind = _split(fault)
    controls.add(part, kind, **dict(_condition(each) for each in conditions))
    say(f"On: {part}.{kind}")


@weather.command()
@with_controls
def calm(controls: Any) -> None:
    """End all faults, and set everything as it was in the beginning."""
    controls.calm()
    say("The weather is calm.")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.BadParameter(f"{text!r} is not NAME=VALUE")
    return name, value


def _split(name: str) -> tuple[str, str]:
    part, dot, rest = name.partition(".")
    return (part, rest) if dot else (DEFAULT_PART, name)


def _setting(name: str, value: str) -> float | bool:
    if value.lower() in WORDS:
        return WORDS[value.lower()]
    try:
        return float(value)
    except ValueError:
        raise click.BadParameter(f"{name} is {value!r}; give seconds, on or off") from None


def _condition(text: str) -> tuple[str, Any]:
    name, value = _pair(text)
    name = LISTS.get(name, name)
    if name in LISTS.values():
        return name, [each for each in value.split(",") if each]
    if name in COUNTS:
        try:
            return name, int(value)
        except ValueError:
            raise click.BadParameter(f"{name} is {value!r}; it must be a number") from None
    return name, value


def _value(value: float | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g} s"


def _conditions(fault: dict[str, Any]) -> str:
    named: Iterable[str] = (
        f"{short}={','.join(fault[name])}" for short, name in LISTS.items() if fault[name]
    )
    said = [*named, *(f"{name}={fault[name]}" for name in ("code", "message") if fault[name])]
    return " ".join(said) or "anything"


def _left(fault: dict[str, Any]) -> str:
    times = "always" if fault["times"] is None else str(fault["times"])
    return f"{times}, after {fault['spares']}" if fault["spares"] else times
