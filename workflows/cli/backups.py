"""`daytwo backup` and `daytwo backups`: make backups, and show which there are."""

from datetime import UTC, datetime
from typing import Any

import click

from schemas.validation import InvalidDocument, check
from tasks.backups import ages, records
from workflows import systems as library
from workflows.cli import executions
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say, table
from workflows.cli.session import Session, session_options
from workflows.cli.stories import Story
from workflows.cli.systems import manifest_of
from workflows.cli.text import duration
from workflows.cli.watch import follow


@click.command()
@click.argument("system")
@click.argument("environment")
@click.option(
    "--kind",
    type=click.Choice(["backups", "exports"]),
    default="backups",
    help="Of tables, databases, volumes and instances, or of stacks [default: backups].",
)
@click.option("--component", "components", multiple=True, help="Only this one; can be repeated.")
@click.option("--reason", default="", help="Why, for the audit trail.")
@click.option("--wait", is_flag=True, help="Follow it until it ends.")
@session_options
def backup(
    system: str,
    environment: str,
    kind: str,
    components: tuple[str, ...],
    reason: str,
    wait: bool,
    session: Session,
) -> None:
    """Back up ENVIRONMENT of SYSTEM as its manifest says.

    Exit codes with --wait: 0 everything is backed up, 1 something is not.
    """
    _environment(manifest_of(system, session), environment)
    request = {
        "system": system,
        "environment": environment,
        "kind": kind,
        "components": list(components),
        "requested_by": session.caller,
        "reason": reason,
    }
    try:
        request = check(request, "workflows/backup")
    except InvalidDocument as invalid:
        raise CommandError("The request is wrong.", details=invalid.problems) from None
    execution = executions.start(
        "BackupStateMachineArn", request, (system, environment, kind), session
    )
    if not (session.json and wait):
        if session.json:
            print_json({"execution": execution, "request": request})
        else:
            say(execution)
    if wait:
        follow(execution, session)


@click.group()
def backups() -> None:
    """Show the backups of systems."""


@backups.command("list")
@click.argument("system")
@click.option("--environment", metavar="NAME", default="", help="Only this environment.")
@session_options
def list_(system: str, environment: str, session: Session) -> None:
    """List the backups of SYSTEM by component, the newest first, and what is missing.

    Exit code 1 where the newest good backup of a component is too old, or there is none.
    """
    manifest = manifest_of(system, session)
    places = manifest["environments"]
    if environment:
        places = [_environment(manifest, environment)]
    now = datetime.now(UTC)
    found: list[records.Row] = []
    late: list[ages.Age] = []
    for place in places:
        rows = records.read(
            system, place["name"], table=session.state.name, dynamodb=session.client("dynamodb")
        )
        found += [row for few in records.by_component(rows).values() for row in few]
        if place["name"] in manifest["recovery"]["backups"]["environments"]:
            judged = ages.of(manifest, place, rows, now.isoformat())
            late += [age for age in judged if age.too_old]
    if session.json:
        print_json({"backups": found, "too_old": [age.words for age in late]})
    else:
        columns = ("Environment", "Component", "Backup", "Of", "Age", "Status", "Copies", "Trouble")
        table(f"Backups of {system}", columns, [_columns(row, now) for row in found])
        for age in late:
            say(f"Too old: {age.words}")
    if late:
        raise click.exceptions.Exit(1)


def _environment(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    found = library.environment(manifest, name)
    if found is None:
        names = ", ".join(entry["name"] for entry in manifest["environments"])
        raise CommandError(f"{manifest['name']} has no environment {name}. It has {names}.")
    return found


def _columns(row: records.Row, now: datetime) -> tuple[object, ...]:
    passed = (now - datetime.fromisoformat(row["at"])).total_seconds()
    copies = [copy["region"] for copy in row["copies"] if copy["state"] == "copied"]
    return (
        row["environment"],
        row["component"],
        row["backup"],
        row["resource"],
        duration(passed),
        row["status"],
        ", ".join(copies),
        row["trouble"],
    )


class BackupStory(Story):
    """A backup that is followed."""

    def succeeded(self, described: dict[str, Any]) -> str:
        """Say that everything is backed up."""
        return "Succeeded: everything is backed up."

    def advice(self, described: dict[str, Any]) -> list[str]:
        """Say what to do next, after each kind of end."""
        error = described.get("error") or described["status"]
        lines = {
            "SUCCEEDED": [],
            "FailedClean": ["Nothing was made. Mend the cause and back up again."],
        }.get(error, ["What is good is kept. Mend the cause and back up again."])
        return [*lines, "What there is: daytwo backups list SYSTEM"]
