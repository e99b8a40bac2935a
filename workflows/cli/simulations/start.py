"""`daytwo simulation start`: play all scenarios of a system in order."""

import click

from schemas.validation import InvalidDocument, check
from tasks.simulations import scripts
from workflows.cli import executions
from workflows.cli.drills.evidence import name_of
from workflows.cli.errors import CommandError
from workflows.cli.output import note, print_json, say
from workflows.cli.session import Session, session_options
from workflows.cli.systems import manifest_of
from workflows.cli.watch import follow


@click.command()
@click.argument("system")
@click.option(
    "--scenario", "scenarios", multiple=True, help="Only this one (repeatable, in order)."
)
@click.option("--reason", default="", help="Why, for the report.")
@click.option("--wait", is_flag=True, help="Follow it until it ends, sign-offs included.")
@session_options
def start(
    system: str, scenarios: tuple[str, ...], reason: str, wait: bool, session: Session
) -> None:
    """Start the simulation of SYSTEM: it is announced first, as its manifest says.

    Prints the simulation's id, which `show` and `daytwo watch` take. Exit codes with
    --wait: 0 all green and signed, 1 anything else.
    """
    problems = scripts.problems(manifest_of(system, session), scenarios)
    if problems:
        raise CommandError("This simulation would be refused.", details=problems)
    asked = {
        "system": system,
        "scenarios": list(scenarios),
        "requested_by": session.caller,
        "reason": reason,
    }
    try:
        request = check(asked, "workflows/dr_simulation")
    except InvalidDocument as invalid:
        raise CommandError("The request is wrong.", details=invalid.problems) from None
    about = (system, "simulation")
    execution = executions.start("DrSimulationStateMachineArn", request, about, session)
    simulation = name_of(execution)
    if session.json and not wait:
        print_json({"simulation": simulation, "execution": execution, "request": request})
    elif not session.json:
        say(simulation)
    if wait:
        follow(execution, session)
    elif not session.json:
        note(f"Follow it with: daytwo watch {simulation}")
