"""`daytwo ec2 list` and `watch`: the operations that run, and those that did."""

from datetime import UTC, datetime
from typing import Any

import click

from tasks import store
from workflows.cli.ec2.claims import held
from workflows.cli.output import print_json, table
from workflows.cli.session import Session, session_options
from workflows.cli.status import without_key
from workflows.cli.stories import asked_of
from workflows.cli.text import duration, moment
from workflows.cli.watch import find, follow

MOST_RUNNING = 1000  # Step Functions API Reference, "ListExecutions"


@click.command("list")
@click.option("--most", type=click.IntRange(1, 1000), default=20, help="So many [default: 20].")
@click.option("--running", "only_running", is_flag=True, help="Only those that run.")
@session_options
def list_(most: int, only_running: bool, session: Session) -> None:
    """List the operations that run and the last ones, the newest first."""
    found = recent(most, only_running, session)
    if session.json:
        print_json(found)
        return
    table(
        "Operations",
        ("Operation", "Status", "Instances", "Claims", "Started", "Took", "By"),
        [
            (
                row["operation"],
                row["status"],
                row.get("to_act", ""),
                row["claimed"] or "",
                row["started_at"],
                duration(row["seconds"]),
                row.get("requested_by", ""),
            )
            for row in found
        ],
    )


@click.command()
@click.argument("operation")
@session_options
def watch(operation: str, session: Session) -> None:
    """Follow OPERATION batch by batch until it ends.

    Exit codes: 0 succeeded, 1 failed, 3 rejected or expired.
    """
    follow(find(operation, session)["executionArn"], session)


def recent(most: int, only_running: bool, session: Session) -> list[dict[str, Any]]:
    """List operations, all that run before the last ones, with what is recorded of each.

    Of a dry run, and of an operation that was refused, there is only its execution.
    """
    found = executions(MOST_RUNNING, session, statusFilter="RUNNING")
    if not only_running:
        seen = {execution["executionArn"] for execution in found}
        found += [
            execution
            for execution in executions(most, session)
            if execution["executionArn"] not in seen
        ]
    names = [execution["name"] for execution in found]
    records = {
        record["sk"]: record for record in session.state.several(map(store.operation, names))
    }
    for execution in found:
        if execution["name"] not in records:
            records[execution["name"]] = unrecorded(execution, session)
    claims = {name: len(claim["instances"]) for name, claim in held(session).items()}
    return [row(execution, records, claims) for execution in found]


def executions(most: int, session: Session, **which: str) -> list[dict[str, Any]]:
    """List executions of operations, the newest first."""
    reply = session.client("stepfunctions").list_executions(
        stateMachineArn=session.output("Ec2OperationStateMachineArn"), maxResults=most, **which
    )
    found: list[dict[str, Any]] = reply["executions"]
    return found


def row(
    execution: dict[str, Any], records: dict[str, dict[str, Any]], claims: dict[str, int]
) -> dict[str, Any]:
    """Tell of one operation what its execution and its record know."""
    name, begun = execution["name"], execution["startDate"]
    return {
        "status": execution["status"].lower(),
        **without_key(records.get(name, {})),
        "operation": name,
        "claimed": claims.get(name, 0),
        "started_at": moment(begun.timestamp()),
        "seconds": ((execution.get("stopDate") or datetime.now(UTC)) - begun).total_seconds(),
    }


def unrecorded(execution: dict[str, Any], session: Session) -> dict[str, Any]:
    """Tell of an operation that claimed nothing what was asked, and that it was only a plan."""
    described = session.client("stepfunctions").describe_execution(
        executionArn=execution["executionArn"]
    )
    asked, status = asked_of(described), execution["status"].lower()
    only_plan = bool(asked.get("dry_run"))
    return {
        "action": asked.get("action", ""),
        "requested_by": asked.get("requested_by", ""),
        "dry_run": only_plan,
        "status": f"plan {status}" if only_plan else status,
    }
