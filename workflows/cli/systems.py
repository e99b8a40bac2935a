"""`daytwo systems`: register, list, show and check manifests."""

import json
from pathlib import Path
from typing import Any

import click

from schemas.validation import InvalidDocument
from workflows import calendars
from workflows import systems as library
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say, table
from workflows.cli.session import Session, session_options
from workflows.recovery_schedules import SystemSchedules

MOST_BYTES = 256 * 1024  # a manifest is one item of a table whose items take 400 KB
FILE = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
)


@click.group()
def systems() -> None:
    """Register and show the systems that daytwo operates."""


@systems.command()
@FILE
@session_options
def put(file: Path, session: Session) -> None:
    """Register the manifest in FILE, or bring the registered one up to date.

    The schedules of its recovery are made, changed and deleted with it.
    """
    manifest = checked(file)
    schedules = SystemSchedules(session.client("scheduler"), session.output)
    try:
        outcome = library.put(manifest, session.caller, session.state)
    except library.ChangedMeanwhile as conflict:
        raise CommandError(str(conflict)) from None
    # After each registration, also of the same manifest: what broke off here is made up for.
    kept = schedules.keep(manifest)
    if session.json:
        print_json({"system": manifest["name"], "outcome": outcome, "schedules": kept})
    else:
        say(f"{manifest['name']} is {outcome}.")
        for line in kept:
            say(f"Schedule {line}.")


@systems.command("list")
@session_options
def list_(session: Session) -> None:
    """List the registered systems."""
    found = library.registered(session.state)
    if session.json:
        print_json(found)
        return
    table(
        "Systems",
        ("System", "Environments", "Components", "Updated", "By"),
        [
            (
                entry["manifest"]["name"],
                " > ".join(place["name"] for place in entry["manifest"]["environments"]),
                len(entry["manifest"]["components"]),
                entry["updated_at"],
                entry["updated_by"],
            )
            for entry in found
        ],
    )


@systems.command()
@click.argument("name")
@session_options
def show(name: str, session: Session) -> None:
    """Print the registered manifest of the system NAME, with all defaults."""
    print_json(manifest_of(name, session))


@systems.command()
@FILE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def validate(file: Path, as_json: bool) -> None:
    """Check the manifest in FILE; nothing is sent anywhere."""
    manifest = checked(file)
    if as_json:
        print_json(manifest)
    else:
        say(f"{file} is a valid manifest of the system {manifest['name']}.")


def checked(file: Path) -> dict[str, Any]:
    """Read a manifest from a file and check it, with one line for each problem."""
    if file.stat().st_size > MOST_BYTES:
        raise CommandError(f"{file} is larger than {MOST_BYTES} bytes: that is no manifest.")
    try:
        manifest = library.validate(json.loads(file.read_text("utf-8")))
        return calendars.expand(manifest, file.parent)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON: {error}") from None
    except InvalidDocument as invalid:
        raise CommandError(
            f"{file} is not a valid manifest (schemas/system.json).",
            details=invalid.problems,
        ) from None


def manifest_of(name: str, session: Session) -> dict[str, Any]:
    """Read a registered manifest; an unknown name is answered with those that there are."""
    found = library.get(name, session.state)
    if found is None:
        known = [entry["manifest"]["name"] for entry in library.registered(session.state)]
        raise CommandError(
            f"There is no system {name}. "
            + (f"There is {', '.join(known)}." if known else "None is registered yet.")
            + " `daytwo systems put FILE` registers one."
        )
    return found
