"""`daytwo drill SYSTEM SCENARIO`: start a restore drill."""

from typing import Any

import click

from schemas.validation import InvalidDocument, check
from workflows.cli import executions
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say
from workflows.cli.session import Session, session_options
from workflows.cli.systems import manifest_of
from workflows.cli.watch import follow


@click.command()
@click.argument("system")
@click.argument("scenario")
@click.option("--from", "source_environment", default="", metavar="ENV", help="The data's origin.")
@click.option("--to", "target_environment", default="", metavar="ENV", help="Where it takes place.")
@click.option("--component", "components", multiple=True, help="Only this one (repeatable).")
@click.option(
    "--point",
    "recovery_point",
    default="latest",
    help="latest, random, a moment in ISO 8601 UTC, or a backup [default: latest].",
)
@click.option("--keep", is_flag=True, help="Keep the copies for a day if it is not green.")
@click.option("--mode", type=click.Choice(["graceful", "ungraceful"]), help="region-outage only.")
@click.option("--reason", default="", help="Why, for the evidence.")
@click.option("--wait", is_flag=True, help="Follow it until it ends.")
@session_options
def start(
    system: str, scenario: str, keep: bool, wait: bool, session: Session, **asked: Any
) -> None:
    """Play SCENARIO of SYSTEM through.

    Exit codes with --wait: 0 passed, 1 failed, 3 rejected or expired.
    """
    check_scenario(system, scenario, session)
    request = {
        **asked,
        "system": system,
        "scenario": scenario,
        "components": list(asked["components"]),
        "keep": "on_failure" if keep else "never",
        "mode": asked["mode"] or "",
        "requested_by": session.caller,
    }
    try:
        request = check(request, "workflows/restore_drill")
    except InvalidDocument as invalid:
        raise CommandError("The request is wrong.", details=invalid.problems) from None
    execution = executions.start(
        "RestoreDrillStateMachineArn", request, (system, scenario), session
    )
    if session.json and not wait:
        print_json({"execution": execution, "request": request})
    elif not session.json:
        say(execution)
    if wait:
        follow(execution, session)


def check_scenario(system: str, scenario: str, session: Session) -> None:
    """Raise CommandError where the system is not registered, or has no such scenario."""
    known = manifest_of(system, session)["recovery"]["scenarios"]
    if scenario not in known:
        raise CommandError(
            f"{system} has no scenario {scenario}. It has {', '.join(known) or 'none'}: the "
            "manifest describes them under recovery.scenarios (docs/restore-drills.md)."
        )
