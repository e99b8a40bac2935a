"""`daytwo approvals`, `approve` and `reject`: see what waits for a decision, and decide."""

import json
import sys
import time
from typing import Any

import click

from tasks import store
from tasks.questions import also_shown, sentence
from workflows.cli.errors import FAILED, NOT_APPROVED, SUCCEEDED, WRONG_INPUT, CommandError
from workflows.cli.output import note, print_json, say, table
from workflows.cli.session import Session, session_options
from workflows.cli.text import duration, moment

SECRET = ("pk", "sk", "task_token")
PAUSES_SECONDS = (1.0, 2.0, 4.0)
AGAIN = (429, 502, 503, 504)
TOO_LATE = 410
TIMEOUT_SECONDS = 60


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those that are decided or closed, too.")
@session_options
def approvals(everything: bool, session: Session) -> None:
    """List the approvals that wait for a decision."""
    found = recorded(session) if everything else pending_of(session)
    if session.json:
        print_json(found)
        return
    table(
        "Approvals" if everything else "Pending approvals",
        ("Id", "What", "Digest", "By role", "Asked by", "Status"),
        [
            (
                row["id"],
                sentence(row),
                row["digest"][:12],
                " or ".join(row["roles"]),
                row["requested_by"],
                state_of(row),
            )
            for row in found
        ],
    )


@click.command()
@click.argument("identifier", metavar="ID")
@click.option("--reason", required=True, help="Why, for the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@session_options
def approve(identifier: str, reason: str, yes: bool, session: Session) -> None:
    """Approve what waits under ID: a promotion, an EC2 operation or a drill."""
    decide("approve", identifier, reason, yes, session)


@click.command()
@click.argument("identifier", metavar="ID")
@click.option("--reason", required=True, help="Why, for the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@session_options
def reject(identifier: str, reason: str, yes: bool, session: Session) -> None:
    """Reject what waits under ID: a promotion, an EC2 operation or a drill."""
    decide("reject", identifier, reason, yes, session)


def decide(decision: str, identifier: str, reason: str, yes: bool, session: Session) -> None:
    """Show what is decided on, ask for confirmation on a terminal, and send the decision.

    The digest that is sent is the one that was shown.
    """
    found = session.state.get(store.approval(identifier))
    if found is None:
        raise CommandError(f"There is no approval {identifier}. `daytwo approvals` lists them.")
    shown = public(found)
    if not session.json:
        show(shown)
    if _is_terminal() and not yes:
        click.confirm(f"{decision.capitalize()} this?", abort=True, err=session.json)
    body = {"id": identifier, "decision": decision, "reason": reason, "digest": shown["digest"]}
    code, message = send(body, session)
    if code == 200 and session.json:
        print_json({"approval": identifier, "decision": decision, "message": message})
    elif code == 200:
        say(message)
    else:
        raise CommandError(message, exit_code(code))


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def exit_code(status: int) -> int:
    """Translate the approval URL's answer: too late is 3, a refusal 2, a fault 1."""
    if status == TOO_LATE:
        return NOT_APPROVED
    if status == 200:
        return SUCCEEDED
    return FAILED if status >= 500 or status in AGAIN else WRONG_INPUT


def show(shown: dict[str, Any]) -> None:
    """Print what a decision is about."""
    say(f"{sentence(shown)} ({state_of(shown)})")
    rows = [
        ("Asked by", f"{shown['requested_by']} at {shown['requested_at']}"),
        ("Reason", shown.get("reason") or "none given"),
        ("Digest", shown["digest"]),
        *also_shown(shown),
        ("Execution", shown["execution"]),
    ]
    width = max(len(name) for name, _ in rows) + 2
    for name, text in rows:
        say(f"  {name.lower():{width}}{text}")
    say("  changes")
    for line in shown.get("changes", []) or ["nothing"]:
        say(f"    {line}")


def send(body: dict[str, str], session: Session) -> tuple[int, str]:
    """Send a decision to the approval URL, signed as the caller; status and message.

    A decision that was recorded but not delivered is sent again: the same one finishes it.
    Source: Lambda Developer Guide, "Control access to Lambda function URLs".
    """
    for pause in PAUSES_SECONDS:
        code, message = _post(json.dumps(body), session)
        if code not in AGAIN:
            return code, message
        note(f"{message} Trying again.")
        time.sleep(pause)
    return _post(json.dumps(body), session)


def _post(body: str, session: Session) -> tuple[int, str]:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import NoCredentialsError
    from botocore.httpsession import URLLib3Session

    credentials = session.boto3.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    request = AWSRequest("POST", session.output("ApprovalUrl"), data=body.encode())
    request.headers["Content-Type"] = "application/json"
    SigV4Auth(credentials.get_frozen_credentials(), "lambda", session.region).add_auth(request)
    reply = URLLib3Session(timeout=TIMEOUT_SECONDS).send(request.prepare())
    return reply.status_code, _message(reply.status_code, reply.content, session)


def _message(status: int, content: bytes, session: Session) -> str:
    """Read the answer's message; AWS's own answers have another form than the function's."""
    try:
        message = json.loads(content).get("message")
    except (ValueError, AttributeError):
        message = None
    if message:
        return str(message)
    if status == 403:
        return (
            f"{session.caller} may not call the approval URL. Ask for lambda:InvokeFunctionUrl "
            "and lambda:InvokeFunction on the function daytwo-approval-decide."
        )
    return f"The approval URL answered {status} without saying why."


def recorded(session: Session) -> list[dict[str, Any]]:
    """List all approvals, the newest first, without what opens doors."""
    found = [public(record) for record in session.state.partition(store.approval("")["pk"])]
    return sorted(found, key=lambda record: record["requested_at"], reverse=True)


def pending_of(session: Session) -> list[dict[str, Any]]:
    """List the approvals that wait for a decision."""
    return [record for record in recorded(session) if record["status"] == "pending"]


def public(record: dict[str, Any]) -> dict[str, Any]:
    """Give a record with its id, and without the token."""
    return {"id": record["sk"]} | {
        name: value for name, value in record.items() if name not in SECRET
    }


def state_of(record: dict[str, Any]) -> str:
    """Say in words where an approval stands."""
    if record["status"] == "pending":
        left = record["expires_at"] - time.time()
        if left <= 0:
            return f"expired at {moment(record['expires_at'])}"
        return f"pending, expires in {duration(left)}"
    if record.get("decided_by"):
        return f"{record['status']} by {record['decided_by']} at {record['decided_at']}"
    return str(record["status"])
