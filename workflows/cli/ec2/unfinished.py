"""`daytwo ec2 resume` and `release`: go on with an operation that did not finish, or let it go."""

import sys
from typing import Any

import click

from tasks import audit, store
from tasks.ec2.release_claim import release as free
from tasks.fleets import operations
from workflows.cli.ec2 import requests
from workflows.cli.ec2.actions import WAIT, operate
from workflows.cli.errors import CommandError
from workflows.cli.history import words_of
from workflows.cli.output import print_json, say
from workflows.cli.session import Session, session_options
from workflows.cli.stories import asked_of
from workflows.cli.watch import RUNNING, find

MOST_NAMED = 50


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


@click.command()
@click.argument("operation")
@click.option("--reason", required=True, help="What you found and did, for the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@session_options
def release(operation: str, reason: str, yes: bool, session: Session) -> None:
    """Free the instances that OPERATION kept claimed because they may be other than before.

    An operation that still runs is not freed: stop its execution, and the janitor settles it.
    """
    claim = session.state.get(store.instance_claim(operation))
    if claim is None:
        raise CommandError(
            f"{operation} holds no instances. `daytwo ec2 list` says which operation holds some."
        )
    described = session.client("stepfunctions").describe_execution(executionArn=claim["execution"])
    if described["status"] in RUNNING:
        raise CommandError(
            f"{operation} still runs. Follow it with `daytwo ec2 watch {operation}`; if you stop "
            "its execution, the janitor settles what it began."
        )
    if not session.json:
        tell(claim, described, session)
    if sys.stdin.isatty() and not yes:
        click.confirm("Are they as they should be, and to be freed?", abort=True, err=session.json)
    audit.write_release(
        claim,
        who=session.caller,
        why=reason,
        table=session.output("AuditTableName"),
        dynamodb=session.client("dynamodb"),
    )
    free(operation, [], "released", session.state.name, session.client("dynamodb"))
    if session.json:
        print_json({"operation": operation, "freed": claim["instances"]})
    else:
        say(f"The instances of {operation} are free.")


def tell(claim: dict[str, Any], described: dict[str, Any], session: Session) -> None:
    """Print what an operation holds, and how it ended."""
    held = claim["instances"]
    say(f"{claim['action']}, asked for by {claim['requested_by']}, holds since {claim['since']}:")
    more = f" and {len(held) - MOST_NAMED:,} more" if len(held) > MOST_NAMED else ""
    say(f"  {', '.join(held[:MOST_NAMED])}{more}")
    say(
        f"  {described.get('error') or described['status']}: {words_of(described.get('cause', ''))}"
    )
    record = session.state.get(store.operation(claim["sk"])) or {}
    if record.get("status") == operations.ACTING:
        say("  Its janitor has not settled it: not every instance acted on may be recorded.")
