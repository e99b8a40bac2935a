"""`daytwo drill SYSTEM SCENARIO`: start a restore drill."""

from datetime import datetime
from typing import Any

import click

from schemas.validation import InvalidDocument, check
from tasks.backups import records
from tasks.drills import choices, places, points
from tasks.errors import DrillRunning
from workflows.cli import executions
from workflows.cli.drills.evidence import name_of
from workflows.cli.errors import CommandError
from workflows.cli.output import note, print_json, say
from workflows.cli.session import Session, session_options
from workflows.cli.systems import manifest_of
from workflows.cli.watch import follow


@click.command()
@click.argument("system")
@click.argument("scenario", default="", metavar="SCENARIO")
@click.option(
    "--from",
    "source_environment",
    default="",
    metavar="ENV",
    help="Whose data is restored [default: the manifest's].",
)
@click.option(
    "--to",
    "target_environment",
    default="",
    metavar="ENV",
    help="Where copies are made; never production [default: the manifest's].",
)
@click.option(
    "--component",
    "components",
    multiple=True,
    metavar="NAME",
    help="Only this one. Repeatable [default: all of the scenario's].",
)
@click.option(
    "--point",
    "recovery_point",
    default=points.LATEST,
    metavar="POINT",
    help="latest, random, a moment such as 2026-11-02T03:00:00Z, or a backup [default: latest].",
)
@click.option("--keep", is_flag=True, help="Keep the copies for a day if it is not green.")
@click.option("--mode", type=click.Choice(["graceful", "ungraceful"]), help="For region-outage.")
@click.option("--reason", default="", help="Why, for the evidence.")
@click.option("--wait", is_flag=True, help="Follow it until it ends.")
@session_options
def start(
    system: str, scenario: str, keep: bool, wait: bool, session: Session, **asked: Any
) -> None:
    """Play SCENARIO of SYSTEM through.

    Prints the drill's id, which `show`, `watch`, `stop` and `clean` take. Exit codes with
    --wait: 0 passed, 1 failed, 3 rejected or expired.
    """
    manifest = manifest_of(system, session)
    if not scenario:
        known = ", ".join(manifest["recovery"]["scenarios"]) or "none"
        raise CommandError(f"Which scenario? {system} has {known}.")
    request = checked(
        {
            **asked,
            "system": system,
            "scenario": scenario,
            "components": list(asked["components"]),
            "keep": "on_failure" if keep else "never",
            "mode": asked["mode"] or "",
            "requested_by": session.caller,
        },
        manifest,
        session,
    )
    execution = executions.start(
        "RestoreDrillStateMachineArn", request, (system, scenario), session
    )
    drill = name_of(execution)
    if session.json and not wait:
        print_json({"drill": drill, "execution": execution, "request": request})
    elif not session.json:
        say(drill)
    if wait:
        follow(execution, session)
    elif not session.json:
        note(f"Follow it with: daytwo drill watch {drill}")


def checked(request: dict[str, Any], manifest: dict[str, Any], session: Session) -> dict[str, Any]:
    """Give the request with its defaults; raises CommandError with all that is wrong with it.

    It is what the plan would refuse as well: here nobody is told of a slip of the hand.
    """
    system, scenario = request["system"], request["scenario"]
    known = manifest["recovery"]["scenarios"]
    if scenario not in known:
        raise CommandError(
            f"{system} has no scenario {scenario}. It has {', '.join(known) or 'none'}: the "
            "manifest describes them under recovery.scenarios (docs/restore-drills.md)."
        )
    try:
        request = check(request, "workflows/restore_drill")
    except InvalidDocument as invalid:
        raise CommandError("The request is wrong.", details=invalid.problems) from None
    choice, problems = choices.chosen(manifest, request)
    if request["mode"] and scenario != "region-outage":
        problems.append(f"--mode {request['mode']}: only a region-outage has a mode")
    if choice:
        problems += [*wrong_point(request, choice, session), *taken(system, session)]
    if problems:
        raise CommandError("This drill would be refused.", details=problems)
    return request


def wrong_point(request: dict[str, Any], choice: choices.Choice, session: Session) -> list[str]:
    """Say where a recovery point is no word, no moment, and none of the source's backups."""
    point, system = request["recovery_point"], request["system"]
    if point in (points.LATEST, points.RANDOM) or is_moment(point):
        return []
    source = choice.source["name"]
    rows = records.read(
        system, source, table=session.state.name, dynamodb=session.client("dynamodb")
    )
    known = {row["backup"] for row in rows} | {one["id"] for row in rows for one in row["points"]}
    if point in known:
        return []
    return [
        f"--point {point} is not latest, random, a moment such as 2026-11-02T03:00:00Z, nor a "
        f"backup of {source} (`daytwo backups list {system}`)"
    ]


def taken(system: str, session: Session) -> list[str]:
    """Say which other drill the system is in."""
    dynamodb = session.client("dynamodb")
    holder = places.holder(system, session.state.name, dynamodb)
    try:
        if holder:
            stepfunctions = session.client("stepfunctions")
            places.refuse_taken(holder, session.state.name, dynamodb, stepfunctions)
    except DrillRunning as running:
        return [str(running)]
    return []


def is_moment(text: str) -> bool:
    """Tell whether text is a moment in ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
