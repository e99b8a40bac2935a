"""`daytwo promote`: start the promotion of a release."""

from typing import Any

import click

from schemas.validation import InvalidDocument, check
from tasks import store
from workflows import systems as library
from workflows.cli import executions
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say
from workflows.cli.session import Session, session_options
from workflows.cli.systems import manifest_of
from workflows.cli.watch import follow


@click.command()
@click.argument("system")
@click.argument("release")
@click.option("--to", "environment", required=True, metavar="ENV", help="Where it is to go.")
@click.option("--reason", default="", help="Why, for the audit trail and for who approves.")
@click.option("--wait", is_flag=True, help="Follow it until it ends.")
@session_options
def promote(
    system: str, release: str, environment: str, reason: str, wait: bool, session: Session
) -> None:
    """Promote RELEASE of SYSTEM to an environment.

    Exit codes with --wait: 0 succeeded, 1 failed or rolled back, 3 rejected or expired.
    """
    request = checked(system, release, environment, reason, session)
    execution = start(request, session)
    if not (session.json and wait):
        if session.json:
            print_json({"execution": execution, "request": request})
        else:
            say(execution)
    if wait:
        follow(execution, session)


def checked(
    system: str, release: str, environment: str, reason: str, session: Session
) -> dict[str, Any]:
    """Put the request together; raises CommandError for what does not exist."""
    manifest = manifest_of(system, session)
    if library.environment(manifest, environment) is None:
        names = ", ".join(entry["name"] for entry in manifest["environments"])
        raise CommandError(f"{system} has no environment {environment}. It has {names}.")
    if session.state.get(store.release(system, release)) is None:
        found = session.state.partition(store.release(system, "")["pk"])
        names = ", ".join(record["sk"] for record in found[-10:]) or "none yet"
        raise CommandError(
            f"{system} has no published release {release}. Published: {names}. "
            "`daytwo releases publish DIRECTORY` publishes one."
        )
    request = {
        "system": system,
        "release": release,
        "environment": environment,
        "requested_by": session.caller,
        "reason": reason,
    }
    try:
        return check(request, "workflows/promotion")
    except InvalidDocument as invalid:
        raise CommandError("The request is wrong.", details=invalid.problems) from None


def start(request: dict[str, Any], session: Session) -> str:
    """Start the promotion and give the execution's ARN."""
    about = (request[name] for name in ("system", "environment", "release"))
    return executions.start("PromotionStateMachineArn", request, about, session)
