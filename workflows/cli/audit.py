"""`daytwo audit`: who did what to an instance, an operation or a system, and how it ended."""

import re
from datetime import UTC, datetime, timedelta

import click

from workflows.cli import trails
from workflows.cli.errors import CommandError
from workflows.cli.output import note, print_json, table
from workflows.cli.session import Session, session_options
from workflows.cli.watch import find

AGO = re.compile(r"(\d+)([mhd])")
SECONDS = len("2026-11-20T12:00:00")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.command()
@click.option("--resource", metavar="i-…", help="What was done to this instance.")
@click.option("--operation", metavar="ID", help="What this operation or promotion did.")
@click.option("--system", metavar="NAME[/ENV]", help="What was done to this system.")
@click.option("--since", metavar="TIME|2h|7d", help="Only what is newer than this.")
@click.option("--outcome", default="", help="Only what ended so: succeeded, failed, refused, …")
@click.option("--most", type=click.IntRange(1), default=100, help="So many [default: 100].")
@session_options
def audit(
    resource: str | None,
    operation: str | None,
    system: str | None,
    since: str | None,
    outcome: str,
    most: int,
    session: Session,
) -> None:
    """Show what the audit trail says of an instance, an operation or a system, newest first."""
    if sum(map(bool, (resource, operation, system))) != 1:
        raise CommandError("Say whose trail, with one of --resource, --operation and --system.")
    earliest = moment_of(since, datetime.now(UTC)) if since else ""
    wanted = trails.Wanted(earliest, outcome, most + 1)
    if resource:
        found = trails.of_resource(resource, wanted, session)
    elif operation:
        found = trails.of_execution(find(operation, session), wanted, session)
    else:
        found = trails.of_system(str(system), wanted, session)
    present(f"Audit trail of {resource or operation or system}", found, most, session)


def moment_of(text: str, now: datetime) -> str:
    """Read a time: ISO 8601, or so long ago as `30m`, `2h`, `7d`.

    Gives it in UTC without a zone, so that it sorts before every way to write its second.
    """
    if ago := AGO.fullmatch(text):
        moment = now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(
                f"--since {text} is no time. For example: 2026-11-20, 2026-11-20T12:00Z, 2h or 7d."
            ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def present(title: str, entries: list[trails.Entry], most: int, session: Session) -> None:
    """Print entries of the trail, and say so where there are more than asked for."""
    shown = entries[:most]
    if session.json:
        print_json(shown)
        return
    table(
        title,
        ("When", "What", "On", "From", "To", "Outcome", "Who", "Why"),
        [
            (
                f"{entry['timestamp'][:SECONDS]}Z",
                entry["what"],
                entry.get("on_what") or entry["id"],
                entry.get("from", ""),
                entry.get("to", ""),
                ending(entry),
                entry["who"],
                entry["why"],
            )
            for entry in shown
        ],
    )
    if len(entries) > most:
        note(f"There is more: --most {most * 10} shows up to so many.")


def ending(entry: trails.Entry) -> str:
    """Say how something ended, with the error and its reason where it failed."""
    words = [entry["outcome"], entry.get("error", ""), entry.get("reason", "")]
    return ": ".join(word for word in words if word)
