"""`daytwo ec2 schedule` and `daytwo ec2 override`: when instances run, and what is different."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tasks import store
from tasks.errors import ScheduleInvalid
from workflows import overrides, systems
from workflows.cli.errors import FAILED, CommandError
from workflows.cli.output import note, print_json, say, table
from workflows.cli.schedule_checks import Finding, findings
from workflows.cli.schedule_pictures import lines, svg
from workflows.cli.session import Session, session_options
from workflows.cli.systems import checked, manifest_of
from workflows.outlook import Outlook, look_ahead, utc

INSTANCE_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")


@click.group()
def schedule() -> None:
    """Show and check when schedules start and stop instances."""


@schedule.command()
@click.argument("system", required=False, default="")
@click.option("--environment", metavar="NAME", default="", help="Only this environment.")
@click.option("--days", type=click.IntRange(1, 31), default=7, help="So many days [default: 7].")
@click.option("--from", "start", metavar="DATE", help="From this day [default: today].")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Of this manifest, registered or not; nothing is sent anywhere.",
)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Draw it into this file, as SVG.",
)
@session_options
def show(
    system: str,
    environment: str,
    days: int,
    start: str | None,
    file: Path | None,
    picture: Path | None,
    session: Session,
) -> None:
    """Show what will happen in the next week, of all systems or of SYSTEM.

    Each line is a day in the schedule's own time zone. A filled block is half an hour in which
    instances run, a low one a maintenance window.
    """
    now = _moment(start)
    manifests = [checked(file)] if file else _manifests(system, session)
    try:
        found = look_ahead(manifests, now, days, environment)
    except ScheduleInvalid as invalid:
        raise CommandError(str(invalid)) from None
    if picture:
        picture.write_text(svg(found, now), "utf-8")
    if session.json:
        print_json([_as_json(outlook) for outlook in found])
        return
    if not found:
        say("No schedule is described. docs/schedules.md says how.")
        return
    for outlook in found:
        for line in lines(outlook):
            say(line)
        say("")
    table(
        "What will happen",
        ("When", "UTC", "Where", "Schedule", "What"),
        sorted(row for outlook in found for row in _rows(outlook)),
    )
    if picture:
        say(f"The picture is in {picture}.")


@schedule.command()
@session_options
def check(session: Session) -> None:
    """Check that every instance is where its schedule wants it, and what would not work.

    Exit codes: 0 all is as scheduled, 1 something is not.
    """
    found = findings(session, datetime.now(UTC))
    if session.json:
        print_json([finding._asdict() for finding in found])
    else:
        table("Findings", Finding._fields, found)
    if any(finding.kind != "note" for finding in found):
        raise SystemExit(FAILED)


def _moment(start: str | None) -> datetime:
    if start is None:
        return datetime.now(UTC)
    try:
        return datetime.fromisoformat(start).replace(hour=12, tzinfo=UTC)
    except ValueError:
        raise CommandError(f"{start!r} is no date; write it as 2026-03-29.") from None


def _manifests(system: str, session: Session) -> list[dict[str, Any]]:
    if system:
        return [systems.validate(manifest_of(system, session))]
    return [systems.validate(entry["manifest"]) for entry in systems.registered(session.state)]


def _rows(outlook: Outlook) -> Iterator[tuple[str, str, str, str, str]]:
    for at, to in outlook.changes():
        where, name = outlook.where, outlook.name
        local = f"{at:%Y-%m-%d %a %H:%M} {outlook.schedule['timezone']}"
        yield local, utc(at), where, name, outlook.acts(to)


def _as_json(outlook: Outlook) -> dict[str, Any]:
    return {
        "where": outlook.where,
        "schedule": outlook.name,
        "timezone": outlook.schedule["timezone"],
        "changes": [
            {"at": at.isoformat(), "utc": utc(at), "to": to, "what": outlook.acts(to)}
            for at, to in outlook.changes()
        ],
        "days": [
            {
                "day": str(day),
                "running": [[begin.isoformat(), end.isoformat()] for begin, end in outlook.on(day)],
                "notes": outlook.notes(day),
            }
            for day in outlook.each_day()
        ],
    }


class Overrides(click.Group):
    """A group in which an instance's id stands for `set` with that id."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0].startswith("i-"):
            args = ["set", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=Overrides)
def override() -> None:
    """Keep an instance running or stopped for a while.

    `daytwo ec2 override i-0123456789abcdef0 keep-running --until 2h`. It ends by itself; the
    instance then goes back to its schedule.
    """


@override.command("set")
@click.argument("instance_id", metavar="INSTANCE")
@click.argument("goal", type=click.Choice(overrides.GOALS))
@click.option("--until", "end", required=True, help="90m, 2h, 3d, or a moment as ISO 8601.")
@click.option("--reason", default="", help="Why, for the audit trail.")
@session_options
def set_(instance_id: str, goal: str, end: str, reason: str, session: Session) -> None:
    """Keep INSTANCE as GOAL says until a moment; the next minute brings it there."""
    if not INSTANCE_ID.fullmatch(instance_id):
        raise CommandError(f"{instance_id} is no instance id; one is i-0123456789abcdef0.")
    try:
        moment = overrides.until(end, datetime.now(UTC))
    except overrides.NoMoment as wrong:
        raise CommandError(f"--until: {wrong}.") from None
    if not _is_there(instance_id, session):
        note(
            f"There is no instance {instance_id} in {session.region} of this account: the "
            "override works if a schedule finds it elsewhere."
        )
    overrides.put(
        instance_id,
        goal,
        moment,
        by=session.caller,
        reason=reason,
        table=session.state.name,
        audit_table=session.output("AuditTableName"),
        dynamodb=session.client("dynamodb"),
    )
    if session.json:
        print_json({"instance_id": instance_id, "goal": goal, "until": utc(moment)})
    else:
        say(f"{instance_id}: {goal} until {utc(moment)}, {moment.astimezone():%a %H:%M %Z}.")


@override.command("list")
@session_options
def list_(session: Session) -> None:
    """List the overrides that are valid."""
    now = datetime.now(UTC)
    found = [
        record
        for record in session.state.partition(store.override("")["pk"])
        if datetime.fromisoformat(record["until"]) > now
    ]
    if session.json:
        print_json([{"instance_id": entry.pop("sk"), **_without(entry)} for entry in found])
        return
    table(
        "Overrides",
        ("Instance", "Keep", "Until", "By", "Reason"),
        [
            (entry["sk"], entry["goal"], entry["until"], entry["by"], entry["reason"])
            for entry in found
        ],
    )


def _without(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("goal", "until", "by", "reason", "set_at")}


@override.command()
@click.argument("instance_id", metavar="INSTANCE")
@session_options
def remove(instance_id: str, session: Session) -> None:
    """End the override of INSTANCE; the next minute brings it back to its schedule."""
    found = session.state.get(store.override(instance_id))
    if found is None:
        raise CommandError(
            f"{instance_id} has no override. `daytwo ec2 override list` shows those there are."
        )
    overrides.remove(
        found,
        by=session.caller,
        table=session.state.name,
        audit_table=session.output("AuditTableName"),
        dynamodb=session.client("dynamodb"),
    )
    if session.json:
        print_json({"instance_id": instance_id, "removed": True})
    else:
        say(f"{instance_id} goes back to its schedule.")


def _is_there(instance_id: str, session: Session) -> bool:
    reply = session.client("ec2").describe_instances(
        Filters=[{"Name": "instance-id", "Values": [instance_id]}]
    )
    return bool(reply["Reservations"])
