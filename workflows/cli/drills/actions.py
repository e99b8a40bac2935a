"""`daytwo actions`: what drills found that is to be mended, by whom, until when."""

from datetime import UTC, datetime
from typing import Any

import click

from tasks import store
from tasks.drills.actions import CLOSED, OPEN, RETESTED
from tasks.runtime import iso
from workflows.cli.errors import CommandError
from workflows.cli.output import print_json, say, table
from workflows.cli.session import Session, session_options


@click.group()
def actions() -> None:
    """Improvement actions: the findings of drills, until a later green drill shows them mended."""


@actions.command("list")
@click.argument("system", required=False, default="")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@session_options
def list_(system: str, everything: bool, session: Session) -> None:
    """List the actions of SYSTEM or of all systems, the one that is due first at the top."""
    found = sorted(
        (
            {"action": record["sk"], **{name: record[name] for name in record if len(name) > 2}}
            for record in session.state.partition(store.action("")["pk"])
            if system in ("", record["system"]) and (everything or record["status"] != CLOSED)
        ),
        key=lambda action: str(action["due_at"]),
    )
    if session.json:
        print_json(found)
        return
    now = iso(datetime.now(UTC))
    table(
        "Improvement actions",
        ("Action", "System", "Scenario", "Finding", "Owner", "Due", "Status", "Re-test"),
        [
            (
                one["action"],
                one["system"],
                one["scenario"],
                one["text"],
                one["owner"] or "nobody",
                one["due_at"] + (" (overdue)" if overdue(one, now) else ""),
                one["status"] + (f" by {one['retested_by']}" if one["retested_by"] else ""),
                one["retest"],
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
    resolve(record, session)
    write_closed(record, note, session)
    say(f"{action} is closed: {record['retested_by']} was green at {record['retested_at']}.")


def overdue(action: dict[str, Any], now: str) -> bool:
    """Tell whether an action is open after its time."""
    return action["status"] == OPEN and str(action["due_at"]) < now


def resolve(record: dict[str, Any], session: Session) -> None:
    """Resolve the action's OpsItem, where it has one."""
    if record["ops_item"]:
        session.client("ssm").update_ops_item(OpsItemId=record["ops_item"], Status="Resolved")


def write_closed(record: dict[str, Any], note: str, session: Session) -> None:
    """Close the record, unless a drill has found it again meanwhile."""
    dynamodb = session.client("dynamodb")
    values = {
        ":closed": CLOSED,
        ":retested": RETESTED,
        ":at": iso(datetime.now(UTC)),
        ":by": session.caller,
        ":note": note[:1000],
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
