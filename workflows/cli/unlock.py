"""`daytwo unlock`: free an environment that a promotion left locked, after a person has looked."""

import sys

import click

from tasks import audit, store
from tasks.locks.release_lock import release
from workflows.cli.errors import CommandError
from workflows.cli.output import say
from workflows.cli.session import Session, session_options


@click.command()
@click.argument("system")
@click.argument("environment")
@click.option("--reason", required=True, help="What you found and did, for the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@session_options
def unlock(system: str, environment: str, reason: str, yes: bool, session: Session) -> None:
    """Free the lock of ENVIRONMENT that an ended execution of SYSTEM kept (FailedDirty).

    A lock whose execution still runs is not freed: stop the execution, and the janitor does.
    """
    found = session.state.get(store.lock(system, environment))
    if not found or "owner" not in found:
        raise CommandError(f"{system}/{environment} is not locked.")
    described = session.client("stepfunctions").describe_execution(executionArn=found["owner"])
    if described["status"] == "RUNNING":
        raise CommandError(
            f"The execution that holds {system}/{environment} still runs: {found['owner']}. "
            "Follow it with `daytwo watch`; if you stop it, the janitor undoes what it began."
        )
    say(f"{found['purpose']}, since {found['since']}, ended as {described.get('error', 'unknown')}")
    say(f"  {described.get('cause', '')}")
    if sys.stdin.isatty() and not yes:
        click.confirm(f"Is {system}/{environment} put right, and to be freed?", abort=True)
    dynamodb = session.client("dynamodb")
    audit.write_unlock(
        f"{system}/{environment}",
        who=session.caller,
        why=reason,
        execution=found["owner"],
        table=session.output("AuditTableName"),
        dynamodb=dynamodb,
    )
    release(system, environment, found["owner"], found["fence"], session.state.name, dynamodb)
    say(f"{system}/{environment} is free.")
