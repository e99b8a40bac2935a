"""`daytwo ec2 resume`: go on with an operation that did not finish."""

import click

from workflows.cli.ec2 import requests
from workflows.cli.ec2.actions import WAIT, operate
from workflows.cli.ec2.plans import asked_of
from workflows.cli.errors import CommandError
from workflows.cli.session import Session, session_options
from workflows.cli.watch import RUNNING, find


@click.command()
@click.argument("operation")
@click.option("--reason", default="", help="Why [default: the operation's own reason].")
@click.option("--dry-run", is_flag=True, help="Show what is left of it and change nothing.")
@WAIT
@session_options
def resume(operation: str, reason: str, dry_run: bool, wait: bool, session: Session) -> None:
    """Start an operation that does what is left of OPERATION, as you.

    What was reached is not done again, and the guards look at the rest anew.
    """
    described = find(operation, session)
    if described["status"] in RUNNING:
        raise CommandError(
            f"{operation} still runs: nothing of it is left over yet. Follow it with: daytwo ec2 "
            f"watch {operation}"
        )
    asked = asked_of(described)
    if asked.get("dry_run"):
        raise CommandError(f"{operation} was a dry run: there is nothing of it to go on with.")
    request = {
        **asked,
        "resume": operation,
        "dry_run": dry_run,
        "reason": reason or asked.get("reason", ""),
    }
    operate(requests.checked(request, session), wait, session)
