"""`daytwo actions`: what drills found that is to be mended, by whom, until when."""

from datetime import UTC, datetime
from typing import Any

import click

from tasks import store
from tasks.drills.actions import CLOSED, OPEN, RETESTED
from tasks.runtime import iso
from workflows.cli.errors import FAILED, CommandError
from workflows.cli.output import print_json, say, table
from workflows.cli.session import Session, session_options
from workflows.cli.status import without_key
from workflows.cli.systems import manifest_of

LONGEST_NOTE = 1000
NOBODY = "nobody"


@click.group()
def actions() -> None:
    """Improvement actions: the findings of drills, until a later green drill shows them mended."""


@actions.command("list")
@click.argument("system", default="", metavar="[SYSTEM]")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@session_options
def list_(system: str, everything: bool, session: Session) -> None:
    """List the actions of SYSTEM or of all systems, the one that is due first at the top."""
    if system:
        manifest_of(system, session)
    now = iso(datetime.now(UTC))
    found = [
        {"action": record["sk"], **without_key(record), "overdue": overdue(record, now)}
        for record in session.state.partition(store.action("")["pk"])
        if system in ("", record["system"]) and (everything or record["status"] != CLOSED)
    ]
    found.sort(key=lambda action: str(action["due_at"]))
    if session.json:
        print_json(found)
        return
    table(
        "Improvement actions",
        ("Action", "System", "Scenario", "Owner", "Due", "Status", "Re-test", "Finding"),
        [
            (
                one["action"],
                one["system"],
                one["scenario"],
                one["owner"] or NOBODY,
                one["due_at"] + (" (overdue)" if one["overdue"] else ""),
                status_of(one),
                one["retest"],
                one["text"],
            )
            for one in found
        ],
    )


@actions.command()
@click.argument("action")
@click.option("--note", required=True, help="What was done about it.")
@session_options
def close(action: str, note: str, session: Session) -> None:
    """Close ACTION, which a later green drill of the same scenario has shown to be mended.

    The OpsItem in OpsCenter, where there is one, is resolved with it.
    """
    record = session.state.get(store.action(action))
    if record is None:
        raise CommandError(f"There is no action {action}. `daytwo actions list` lists them.")
    if record["status"] == CLOSED:
        raise CommandError(
            f"{action} was closed at {record['closed_at']} by {record['closed_by']}."
        )
    if record["status"] != RETESTED:
        raise CommandError(
            f"{action} is not shown to be mended yet: no green drill of {record['scenario']} has "
            f"run in {record['environment']} since {record['last_drill']} found it. Mend it, then: "
            f"{record['retest']}"
        )
    write_closed(record, note, session)
    resolve(record, session)
    if session.json:
        print_json({"action": action, "status": CLOSED, "retested_by": record["retested_by"]})
        return
    say(f"{action} is closed: {record['retested_by']} was green at {record['retested_at']}.")


def overdue(action: dict[str, Any], now: str) -> bool:
    """Tell whether an action is open after its time."""
    return action["status"] == OPEN and str(action["due_at"]) < now


def status_of(action: dict[str, Any]) -> str:
    """Say how far an action is, and by what or whom."""
    by = {RETESTED: "retested_by", CLOSED: "closed_by"}.get(action["status"])
    return f"{action['status']} by {action[by]}" if by else str(action["status"])


def write_closed(record: dict[str, Any], note: str, session: Session) -> None:
    """Close the record, unless a drill has found it again meanwhile."""
    dynamodb = session.client("dynamodb")
    values = {
        ":closed": CLOSED,
        ":retested": RETESTED,
        ":at": iso(datetime.now(UTC)),
        ":by": session.caller,
        ":note": note[:LONGEST_NOTE],
    }
    try:
        dynamodb.update_item(
            TableName=session.state.name,
            Key=store.to_item(dict(store.action(record["sk"]))),
            UpdateExpression=(
                "SET #status = :closed, closed_at = :at, closed_by = :by, closing_note = :note"
            ),
            ConditionExpression="#status = :retested",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=store.to_item(values),
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        raise CommandError(
            f"{record['sk']} was changed at the same moment: look again with `daytwo actions list`."
        ) from None


def resolve(record: dict[str, Any], session: Session) -> None:
    """Resolve the action's OpsItem, where it has one that is still there.

    Raises CommandError where it cannot be: the action is closed by then.
    """
    from botocore.exceptions import ClientError

    if not record["ops_item"]:
        return
    ssm = session.client("ssm")
    try:
        ssm.update_ops_item(OpsItemId=record["ops_item"], Status="Resolved")
    except ssm.exceptions.OpsItemNotFoundException:
        return
    except ClientError as error:
        raise CommandError(
            f"{record['sk']} is closed, and its OpsItem {record['ops_item']} is still open: "
            f"{error.response['Error'].get('Message')}. Resolve it in OpsCenter.",
            FAILED,
        ) from None
